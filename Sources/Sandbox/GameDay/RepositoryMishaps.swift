import RecoveryModel

extension Mishap {
  /// The way to the repository, and how it is configured.
  static let ofTheRepository: [Mishap] = [
    Mishap(
      "repository-shut", "nobody can read the repository",
      cause: "a mount with the wrong owner", says: [.unknown, .atRisk],
      plant: { stage in try stage.shut(stage.site.layout.repository) }),
    Mishap(
      "repository-empty", "the configuration names an empty place",
      cause: "a disk that was not mounted after a reboot", says: [.notRecoverable, .unknown],
      plant: { stage in
        let empty = GameDayStage.keepsake(stage.site.layout) + "/empty"
        if !FileTree.exists(empty) {
          try FileTree.makeDirectory(empty, account: stage.site.account)
        }
        try rewrite(stage) {
          $0.replacing("repo1-path=\(stage.site.layout.repository)", with: "repo1-path=\(empty)")
        }
      }),
    Mishap(
      "wrong-key", "the configuration has a key that the repository was not made with",
      cause: "a key that was lost with its host", says: [.notRecoverable, .unknown],
      plant: { stage in
        try rewrite(stage) {
          $0.replacing(
            "[global]\n",
            with: "[global]\nrepo1-cipher-type=aes-256-cbc\nrepo1-cipher-pass=lost\n")
        }
      }),
  ]

  private static func rewrite(_ stage: GameDayStage, _ change: (String) -> String) throws {
    try stage.replace(stage.site.layout.backrestConfiguration) { bytes in
      Array(change(String(decoding: bytes, as: UTF8.self)).utf8)
    }
  }
}

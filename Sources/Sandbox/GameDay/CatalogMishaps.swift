import RecoveryModel

extension Mishap {
  /// The base backups and what is written down of them.
  static let ofTheCatalog: [Mishap] = [
    Mishap(
      "no-catalog", "both copies of backup.info are gone",
      cause: "a directory was emptied", says: [.notRecoverable, .unknown],
      plant: { stage in
        let place = stage.repository.backups
        for name in ["backup.info", "backup.info.copy"] { try stage.takeAway("\(place)/\(name)") }
      }),
    Mishap(
      "garbled-catalog", "both copies of backup.info are garbled",
      cause: "a file system that came back from a crash", says: [.notRecoverable, .unknown],
      plant: { stage in
        let place = stage.repository.backups
        for name in ["backup.info", "backup.info.copy"] {
          try stage.replace("\(place)/\(name)") { bytes in bytes.map { $0 ^ 0x20 } }
        }
      }),
    Mishap(
      "no-archive-info", "both copies of archive.info are gone",
      cause: "the stanza was made anew for backups alone", says: [.notRecoverable, .unknown],
      plant: { stage in
        let place = stage.repository.archive
        for name in ["archive.info", "archive.info.copy"] {
          try stage.takeAway("\(place)/\(name)")
        }
      }),
    Mishap(
      "no-backups", "every backup's directory is gone, the catalog still has them",
      cause: "rm in the wrong place", says: [.notRecoverable, .atRisk, .unknown], sign: .contents,
      plant: { stage in
        for label in stage.repository.labels {
          try stage.takeAway("\(stage.repository.backups)/\(label)")
        }
      }),
    Mishap(
      "no-manifest", "the newest backup's manifest is gone",
      cause: "rm in the wrong place", says: [.atRisk, .notRecoverable, .unknown], sign: .contents,
      plant: { stage in
        let place = "\(stage.repository.backups)/\(try stage.repository.newest().label)"
        for name in ["backup.manifest", "backup.manifest.copy"]
        where FileTree.exists("\(place)/\(name)") { try stage.takeAway("\(place)/\(name)") }
      }),
    Mishap(
      "missing-file", "the newest backup has lost the file with most of its data",
      cause: "a repair of the file system put it into lost+found",
      says: [.atRisk, .notRecoverable], sign: .contents,
      plant: { stage in
        let place = "\(stage.repository.backups)/\(try stage.repository.newest().label)/bundle"
        guard let name = FileTree.names(place)?.sorted().first else {
          throw RecoveryError(.refused, "the newest backup has no bundle")
        }
        try stage.takeAway("\(place)/\(name)")
      }),
    Mishap(
      "damaged-file", "a byte of the newest backup's data is another",
      cause: "a disk that turns bits", says: [.atRisk, .notRecoverable], sign: .contents,
      plant: { stage in
        let place = "\(stage.repository.backups)/\(try stage.repository.newest().label)/bundle"
        guard let name = FileTree.names(place)?.sorted().first else {
          throw RecoveryError(.refused, "the newest backup has no bundle")
        }
        try stage.replace("\(place)/\(name)") { bytes in
          var bytes = bytes
          bytes[bytes.count / 2] ^= 0x5A
          return bytes
        }
      }),
  ]
}

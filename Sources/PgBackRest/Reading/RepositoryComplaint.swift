import RecoveryModel
import Transports

/// What pgBackRest's words about a repository come to, and what to try.
struct RepositoryComplaint: Sendable, Equatable {
  enum Kind: Sendable, Equatable {
    /// Encrypted otherwise than the options say.
    case cipher
    case denied
    /// What a restore reads first is gone or damaged, in both copies.
    case unreadable
    /// The options lead to a place where the stanza is not.
    case elsewhere
    case stopped
    /// Since 2.59 it does nothing for root.
    case root
    case options
    case other
  }

  var kind: Kind
  /// One clean line.
  var words: String

  /// `encrypted`: the options say that the repository is.
  init(_ text: String, encrypted: Bool = false) {
    words = Self.line(text)
    kind = Self.kind(text, encrypted: encrypted)
  }

  private static func kind(_ text: String, encrypted: Bool) -> Kind {
    func says(_ words: String...) -> Bool { words.contains { text.contains($0) } }
    if says("CryptoError", "cipher-pass", "cipher header", "nable to decrypt", "repo encrypted") {
      return .cipher
    }
    // What openssl writes before everything that it encrypts, as pgBackRest does.
    if says("Salted__") { return .cipher }
    if says("ermission denied") { return .denied }
    if says("must not be run as the root user") { return .root }
    if says("stop file exists") { return .stopped }
    if says("unable to load info file") {
      // A wrong key makes other bytes of it, not always an error.
      if says("FormatError"), encrypted || hasOddBytes(text) { return .cipher }
      return says("[FormatError]", "[ChecksumError]", "[FileMissingError]") ? .unreadable : .other
    }
    return .other
  }

  private static func hasOddBytes(_ text: String) -> Bool {
    text.unicodeScalars.contains {
      $0.value == 0xFFFD || $0.value < 9 || (14..<32).contains($0.value) || $0.value == 127
    }
  }

  /// Without the hints, which advise what would do harm (`has a stanza-create been performed?`).
  private static func line(_ text: String) -> String {
    let lines = text.split(whereSeparator: \.isNewline).map(\.trimmed)
    let told = lines.filter { !$0.hasPrefix("HINT:") }
    // What was no text in the first place tells nobody anything.
    return Sanitizer.clean(told.joined(separator: " ").replacing("\u{FFFD}", with: ""), limit: 300)
  }
}

extension PgBackRestTool {
  /// What to try.
  func remedy(_ complaint: RepositoryComplaint) -> String {
    let prefix = "repo\(repository)"
    switch complaint.kind {
    case .cipher:
      return
        "check \(prefix)-cipher-pass and \(prefix)-cipher-type in \(sources.words): they must be "
        + "those that the repository was made with; without its key nothing can be restored"
    case .denied:
      let me = account?.name ?? Account.current.name
      return
        "account \(me) may not read it: set run_as to the account that owns the repository, "
        + "or run pgvigil as that account"
    case .unreadable:
      return
        "put back both files, as they were, from a copy of the repository; until then pgBackRest "
        + "restores nothing"
    case .elsewhere:
      return
        "look where archive_command looks: its --config, --config-include-path and the server's "
        + "PGBACKREST_ variables belong into config, config_include_path and environment"
    case .stopped: return "run \(startCommand)"
    case .root:
      return "set run_as to the account that owns the repository, as postgres or pgbackrest"
    case .options: return "check the options in \(sources.words)"
    case .other: return "run \(checkCommand)"
    }
  }
}

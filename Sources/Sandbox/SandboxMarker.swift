import FoundationEssentials
import RecoveryModel
import Transports

/// The file that says that a directory is a sandbox of ours, and how it was made. It lies in a directory that
/// an unprivileged account can write, so nothing in it is trusted beyond what `load` checks.
struct SandboxMarker: Codable, Sendable, Equatable {
  static let currentVersion = 1

  var version = currentVersion
  var created: Date
  var directory: String
  var socketDirectory: String
  var account: String
  var standbys: Int
  /// Transactions per second; the keeper reads it again while it runs.
  var rate: Double
  var bindir: String
  /// False when the directory was there before us: then `down` empties it and leaves it.
  var madeDirectory: Bool
  /// By instance, and `keeper`; for people. Which process is ours is always found out anew.
  var pids: [String: Int32] = [:]

  /// It once ran: its data are somebody's.
  var isComplete: Bool { pids["keeper"] != nil }

  var instances: [String] { SandboxLayout.instances(standbys: standbys) }

  /// nil when there is no marker. Throws `RecoveryError.refused` when there is one that is not this
  /// directory's (a copied sandbox, a foreign file), `denied` when it cannot be read.
  static func load(_ layout: SandboxLayout) throws -> SandboxMarker? {
    guard let bytes = try bytes(layout) else { return nil }
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    guard let marker = try? decoder.decode(SandboxMarker.self, from: Data(bytes)) else {
      throw RecoveryError(
        .refused, "\(layout.marker) is not a marker of pgvigil's", remedy: "use another directory")
    }
    guard marker.directory == layout.directory, (0...5).contains(marker.standbys) else {
      throw RecoveryError(
        .refused, "\(layout.directory) carries the marker of the sandbox in \(marker.directory)",
        remedy: "a sandbox cannot be copied or moved; use another directory")
    }
    return marker
  }

  private static func bytes(_ layout: SandboxLayout) throws -> [UInt8]? {
    do {
      return try FileTree.read(layout.marker)
    } catch let error as RecoveryError where error.code == .denied {
      throw RecoveryError(
        .denied, error.message, remedy: "run as the owner of \(layout.directory), or as root")
    }
  }

  func save(_ layout: SandboxLayout, account: Account) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    guard let data = try? encoder.encode(self) else {
      throw RecoveryError(.failed, "the sandbox's marker cannot be written as JSON")
    }
    try FileTree.write(layout.marker, Array(data), account: account)
  }

  private enum CodingKeys: String, CodingKey {
    case version, created, directory, account, standbys, rate, bindir, pids
    case socketDirectory = "socket_directory"
    case madeDirectory = "made_directory"
  }
}

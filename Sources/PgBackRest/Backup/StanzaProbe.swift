import FoundationEssentials
import RecoveryModel
import Transports

/// What `pgbackrest info --output=json` says at this moment of one stanza, as far as operations ask.
struct StanzaProbe: Sendable, Equatable, Decodable {
  struct Entry: Sendable, Equatable, Decodable {
    struct Range: Sendable, Equatable, Decodable {
      var start: String?
      var stop: String?
    }
    struct Place: Sendable, Equatable, Decodable { var id: Int }
    var label: String
    var type: String
    /// Page checksums did not match.
    var error: Bool?
    var archive: Range?
    var database: Place
  }
  struct Database: Sendable, Equatable, Decodable {
    var id: Int
    var version: String
  }
  struct Status: Sendable, Equatable, Decodable {
    struct Lock: Sendable, Equatable, Decodable {
      struct Held: Sendable, Equatable, Decodable { var held: Bool? }
      var backup: Held?
    }
    var code: Int
    var message: String
    var lock: Lock?
  }

  var name: String
  var backup: [Entry]
  var db: [Database]
  var status: Status

  var labels: Set<String> { Set(backup.map(\.label)) }
  var isLocked: Bool { status.lock?.backup?.held ?? false }

  /// Major version and archive directory (`15-1`) of a backup's database.
  func database(of entry: Entry) -> (major: Int, archive: String)? {
    guard let database = db.last(where: { $0.id == entry.database.id }),
      let major = database.version.split(separator: ".").first.flatMap({ Int($0) })
    else { return nil }
    return (major, "\(database.version)-\(database.id)")
  }

  /// Asks pgBackRest. Throws `RecoveryError` when there is no usable answer.
  static func ask(_ site: OperationSite, _ processes: ProcessRunner) async throws -> StanzaProbe {
    let arguments = [
      "--repo=\(site.repository)", "--output=json", "--log-level-console=off", "info",
    ]
    let result = try await processes.run(site.request(arguments, deadline: 60))
    guard result.status == 0 else {
      throw RecoveryError(
        .failed,
        "pgbackrest info ended with status \(result.status): "
          + PlainText.complaint(result.error),
        remedy: "run it by hand: \(site.shown(["info"]))")
    }
    guard let data = TolerantJSON.payload(result.output),
      let stanzas = try? JSONDecoder().decode([StanzaProbe].self, from: data),
      let stanza = stanzas.first(where: { $0.name == site.stanza })
    else {
      throw RecoveryError(
        .failed,
        "pgbackrest info says nothing usable about \(site.stanza): "
          + RepositoryComplaint(result.output).words,
        remedy: "run it by hand: \(site.shown(["info"]))")
    }
    return stanza
  }

  /// Names of the segments in the archive directory that holds `segment` (its first 16 digits), those that lie there
  /// once and under the tool's own name: it takes no others.
  static func archived(
    near segment: String, archive: String, _ site: OperationSite, _ processes: ProcessRunner
  ) async throws -> Set<String> {
    let path = "archive/\(site.stanza)/\(archive)/\(segment.prefix(16))"
    let result = try await processes.run(
      site.request(
        ["--repo=\(site.repository)", "--log-level-console=off", "repo-ls", path], deadline: 60))
    guard result.status == 0 else {
      throw RecoveryError(
        .failed,
        "pgbackrest repo-ls ended with status \(result.status): "
          + PlainText.complaint(result.error))
    }
    let files = result.output.split(separator: "\n").compactMap {
      ArchivedFile($0.utf8, size: nil, time: nil)
    }
    let copies = Dictionary(grouping: files, by: \.name)
    return Set(copies.filter { $0.value.count == 1 }.keys)
  }
}

import FoundationEssentials
import RecoveryModel
import Transports

/// What databases were called when a base backup was taken: its manifest says so when no server does any more.
struct BackedUpDatabases: Sendable {
  private struct Answer: Decodable {
    struct Entry: Decodable {
      var label: String
      var databaseRef: [Named]?
      enum CodingKeys: String, CodingKey {
        case label
        case databaseRef = "database-ref"
      }
    }
    struct Named: Decodable {
      var name: String
      var oid: UInt32
    }
    var name: String
    var backup: [Entry]
  }

  var site: OperationSite
  var processes: ProcessRunner

  /// By OID; empty where nobody tells.
  func names(in label: String) async -> [UInt32: String] {
    let arguments = [
      "--repo=\(site.repository)", "--set=\(label)", "--output=json", "--log-level-console=off",
      "info",
    ]
    guard let result = try? await processes.run(site.request(arguments, deadline: 60)),
      result.status == 0, let data = TolerantJSON.payload(result.output),
      let stanzas = try? JSONDecoder().decode([Answer].self, from: data),
      let named = stanzas.first(where: { $0.name == site.stanza })?.backup
        .first(where: { $0.label == label })?.databaseRef
    else { return [:] }
    return Dictionary(named.map { ($0.oid, $0.name) }, uniquingKeysWith: { first, _ in first })
  }

  /// Names the databases that no server knows any more, by the newest base backup that ended before each was dropped.
  func name(_ search: inout ActSearch, by backups: [Backup]) async {
    var known: [String: [UInt32: String]] = [:]
    for index in search.acts.indices {
      let act = search.acts[index]
      guard let oid = act.database, act.databaseName == nil,
        let backup = backups.last(where: { ($0.finishedAt ?? .distantFuture) < act.at })
      else { continue }
      if known[backup.id] == nil { known[backup.id] = await names(in: backup.id) }
      search.acts[index].databaseName = known[backup.id]?[oid]
    }
  }
}

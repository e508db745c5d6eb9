import RecoveryModel
import Transports

/// Asks running servers what relations are called. Whoever is gone from the catalog is gone from their answer.
package struct ActNameReader: Sendable {
  let servers: [ServerAddress]
  let connect: @Sendable (ServerAddress) -> SQLClient

  package init(
    servers: [ServerAddress], connect: @escaping @Sendable (ServerAddress) -> SQLClient
  ) {
    self.servers = servers
    self.connect = connect
  }

  static let deadline = 10.0

  /// From the first server that answers. Failures are part of the answer.
  func read(_ search: ActSearch) async -> ActNames {
    var names = ActNames()
    guard !servers.isEmpty else {
      names.failures[0] = "no server is known here that could tell names"
      return names
    }
    var failure = ""
    for server in servers where !Task.isCancelled {
      let client = connect(server)
      do {
        let rows = try await client.query(
          "SELECT oid, datname, datallowconn FROM pg_database", Self.deadline)
        await client.close()
        for row in rows.rows where row.count == 3 {
          if let oid = row[0].flatMap({ UInt32($0) }) { names.databases[oid] = row[1] }
        }
        let open = Set(rows.rows.filter { $0[2] == "t" }.compactMap { $0[1] })
        for (database, question) in search.questions.sorted(by: { $0.key < $1.key }) {
          guard !Task.isCancelled else { break }
          await ask(server, database, question, open: open, into: &names)
        }
        names.stop()
        return names
      } catch {
        await client.close()
        failure = (error as? RecoveryError)?.message ?? "\(error)"
      }
    }
    names.failures[0] = failure
    names.stop()
    return names
  }

  private func ask(
    _ server: ServerAddress, _ database: UInt32,
    _ question: (files: Set<RelationFile>, oids: Set<UInt32>), open: Set<String>,
    into names: inout ActNames
  ) async {
    guard let name = names.databases[database] else {
      names.failures[database] = "it is not there any more"
      return
    }
    guard open.contains(name) else {
      names.failures[database] = "it takes no connections"
      return
    }
    var address = server
    address.conninfo["dbname"] = name
    let client = connect(address)
    do {
      let rows = try await client.query(Self.statement(question), Self.deadline)
      for row in rows.rows where row.count == 6 {
        let numbers = row[0...3].map { $0.flatMap { UInt32($0) } }
        guard let oid = numbers[0], let relation = row[4] else { continue }
        let told = ActNames.Relation(name: relation, isSystem: row[5] == "t")
        names.relations[RelationID(database: database, oid: oid)] = told
        if let tablespace = numbers[1], let base = numbers[2], let number = numbers[3] {
          names.files[RelationFile(tablespace: tablespace, database: base, number: number)] = told
        }
      }
    } catch {
      names.failures[database] = (error as? RecoveryError)?.message ?? "\(error)"
    }
    await client.close()
  }

  /// Numbers alone: nothing in it is anybody's text.
  static func statement(_ question: (files: Set<RelationFile>, oids: Set<UInt32>)) -> String {
    let name = "quote_ident(n.nspname) || '.' || quote_ident(c.relname)"
    let system = "n.nspname IN ('pg_catalog', 'pg_toast', 'information_schema')"
    let from = "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    let files = question.files.sorted().map {
      "(\($0.tablespace)::oid, \($0.database)::oid, \($0.number)::oid)"
    }
    let oids = question.oids.sorted().map { "\($0)" }
    var parts: [String] = []
    if !files.isEmpty {
      parts.append(
        "SELECT c.oid, f.t, f.d, f.n, \(name), \(system) \(from) "
          + "JOIN (VALUES \(files.joined(separator: ", "))) AS f(t, d, n) "
          + "ON c.oid = pg_filenode_relation(f.t, f.n)")
    }
    if !oids.isEmpty {
      parts.append(
        "SELECT c.oid, NULL, NULL, NULL, \(name), \(system) \(from) "
          + "WHERE c.oid IN (\(oids.joined(separator: ", ")))")
    }
    return parts.isEmpty ? "SELECT 1 WHERE false" : parts.joined(separator: " UNION ALL ")
  }
}

extension ActNames {
  /// Where its task was cancelled, what is missing was not asked for: nothing failed.
  fileprivate mutating func stop() {
    guard Task.isCancelled else { return }
    isStopped = true
    failures = [0: "the search was stopped first"]
  }
}

import RecoveryModel
import Transports

/// Whether what somebody names is known.
extension ActNameReader {
  private static let most = 50_000
  private static let what = "what is to be given back is known"

  /// nil = nothing is named. Production cannot tell a table that is gone from one that never was: then it is unknown, with
  /// the names that are nearest.
  package func check(_ lost: [LostTable]) async -> Requirement? {
    guard let database = lost.first?.database else { return nil }
    let what = Self.what
    var failure = "no server is known here that could tell"
    for server in servers where !Task.isCancelled {
      do {
        let databases = try await ask(server, "SELECT datname FROM pg_database").map { $0[0] ?? "" }
        if lost.contains(where: { $0.isDatabase && $0.database == database }) {
          return databases.contains(database)
            ? .unknown(
              what,
              "\(server.name) has a database \(Self.shown(database)): name the table that is "
                + "missing in it; it is made anew only where it is gone")
            : .met(what, "\(server.name) has no database \(Self.shown(database)) any more")
        }
        guard databases.contains(database) else {
          return .unknown(
            what,
            "\(server.name) has no database \(Self.shown(database)): gone, or misspelt"
              + Self.near(database, databases.filter { !$0.hasPrefix("template") }))
        }
        return Self.judge(lost, what, on: server.name, try await tables(server, database))
      } catch {
        failure = (error as? RecoveryError)?.message ?? "\(error)"
      }
    }
    return Self.unchecked(failure)
  }

  package static func unchecked(_ why: String) -> Requirement {
    .unknown(what, "not checked: \(why)")
  }

  package func checking(_ plan: RecoveryPlan) async -> RecoveryPlan {
    var plan = plan
    if let check = await check(plan.order.lost) { plan.checks.append(check) }
    return plan
  }

  package func checking(
    _ plan: OperationPlan, of order: RecoveryOrder
  ) async -> OperationPlan {
    var plan = plan
    if let check = await check(order.lost) { plan.requirements.append(check) }
    return plan
  }

  private func tables(_ server: ServerAddress, _ database: String) async throws -> [[String]] {
    var address = server
    address.conninfo["dbname"] = database
    let tables = try await ask(
      address,
      "SELECT nspname, relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        + "WHERE relkind IN ('r', 'p') AND nspname !~ '^pg_|^information_schema$' "
        + "LIMIT \(Self.most)")
    guard tables.count < Self.most else {
      throw RecoveryError(
        .failed, "\(Self.shown(database)) has more than \(Self.most) tables")
    }
    return tables.map { $0.map { $0 ?? "" } }
  }

  private func ask(_ server: ServerAddress, _ sql: String) async throws -> [[String?]] {
    let client = connect(server)
    do {
      let rows = try await client.query(sql, Self.deadline).rows
      await client.close()
      return rows
    } catch {
      await client.close()
      throw error
    }
  }

  private static func judge(
    _ lost: [LostTable], _ what: String, on server: String, _ tables: [[String]]
  ) -> Requirement {
    let known = Set(tables)
    let mine = lost.filter { $0.database == lost[0].database }
    let missing = mine.filter { $0.isDropped != true && !known.contains($0.parts) }
    guard !missing.isEmpty else {
      let gone = mine.contains { $0.isDropped == true } ? ", or was seen to be dropped" : ""
      return .met(what, "\(server) has it\(gone)")
    }
    let names = tables.map { $0.joined(separator: ".") }
    let words = missing.map { shown($0.name) + near($0.parts.joined(separator: "."), names) }
    return .unknown(
      what,
      "\(shown(lost[0].database)) on \(server) has no \(words.joined(separator: ", no ")): gone, or "
        + "misspelt")
  }

  /// Those that differ by a slip of the pen; three are enough.
  private static func near(_ name: String, _ known: [String]) -> String {
    let near = Suggestion.nearestFirst(to: name, among: known).prefix(3)
      .filter { Suggestion.edits($0, name) <= max(1, name.count / 3) }.map(shown)
    return near.isEmpty ? "" : " (nearest: \(near.joined(separator: ", ")))"
  }

  private static func shown(_ name: String) -> String { Sanitizer.clean(name, limit: 130) }
}

extension LostTable {
  /// Schema and name as catalogs have them; one without a schema is looked for where SQL would find it first.
  fileprivate var parts: [String] {
    var parts = [""]
    let pieces = name.split(separator: "\"", omittingEmptySubsequences: false)
    for (index, piece) in pieces.enumerated() {
      if index % 2 == 1 {
        parts[parts.count - 1] += piece
      } else if piece.isEmpty, index > 0, index < pieces.count - 1 {
        parts[parts.count - 1] += "\""
      } else {
        let names = piece.lowercased().split(separator: ".", omittingEmptySubsequences: false)
        parts[parts.count - 1] += names.first ?? ""
        parts += names.dropFirst().map(String.init)
      }
    }
    return parts.count == 1 ? ["public"] + parts : parts
  }
}

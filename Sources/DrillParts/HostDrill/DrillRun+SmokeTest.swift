import FoundationEssentials
import RecoveryModel
import Transports

extension DrillRun {
  func smokeTest() async throws {
    guard let address = copyAddress else { return }
    enter(.smokeTesting)
    let connect = drills.connect
    var production: (@Sendable (String) -> SQLClient)?
    if let primary = order.primary.flatMap({ site.address(of: $0) }) {
      production = { connect(primary.adding("dbname", $0)) }
    }
    let run = SmokeTestRun(
      copy: { connect(address.adding("dbname", $0)) }, production: production,
      database: try await database(),
      referenceTime: order.asked?.at ?? journal.record.reachedTime ?? order.backupFinishedAt
        ?? journal.record.startedAt, moment: order.momentCheck?.moment.text,
      isUndated: order.asked?.at == nil && journal.record.reachedTime == nil,
      loss: { await self.loss() })
    let configured = drills.declaration.smokeTests
    let tests =
      (configured.isEmpty ? await run.builtIn() : configured) + [order.marker].compactMap { $0 }
    let results = await run.run(tests)
    if Task.isCancelled { throw RecoveryError(.cancelled, "cancelled while smoke testing") }
    for result in results { emit(.log("\(result.name): \(result.answer ?? result.detail)")) }
    journal.learn { $0.tests = results }
    let verdict = run.verdict(tests, results)
    if order.keep == nil {
      journal.conclude(verdict.outcome, reason: verdict.reason)
    } else if let reason = verdict.reason {
      emit(.log(reason))
    }
    save()
  }

  /// A client of the copy as the first of the likely roles that it knows.
  func firstClient() async throws -> SQLClient {
    var refusal: RecoveryError?
    for role in site.likelyRoles {
      guard let address = address(role: role) else { continue }
      let client = drills.connect(address)
      do {
        _ = try await client.query("SELECT 1", 30)
        copyAddress = address
        return client
      } catch let error as RecoveryError where error.code != .cancelled {
        await client.close()
        // That another role does not exist says less than what kept the first one out.
        if refusal == nil || refusal?.code == .denied { refusal = error }
      }
    }
    throw DrillEnd.couldNotRun(
      "the copy recovered, but no known role can log in: "
        + (refusal?.message ?? "no role was tried"))
  }

  private func address(role: String) -> [String: String]? {
    directory.map {
      [
        "host": $0.socketDirectory, "port": CopyServer.port, "user": role, "dbname": "postgres",
        "application_name": "pgvigil drill",
      ]
    }
  }

  /// Where tests go that name none: the configured database, else production's, else the largest.
  private func database() async throws -> String {
    if let database = site.database { return database }
    if let database = order.primary.flatMap({ site.addresses[$0]?["dbname"] }),
      database != "postgres"
    {
      return database
    }
    guard let address = copyAddress else { return "postgres" }
    let client = drills.connect(address)
    let rows = try await client.query(
      """
      SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate \
      ORDER BY pg_database_size(oid) DESC LIMIT 1
      """, 30)
    await client.close()
    return rows.value("datname") ?? "postgres"
  }
}

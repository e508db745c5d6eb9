import FoundationEssentials
import RecoveryModel
import Transports

/// Puts the smoke tests to a copy and, where an expectation needs it, to production.
package struct SmokeTestRun: Sendable {
  package var copy: @Sendable (_ database: String) -> SQLClient
  /// nil = production cannot be asked.
  package var production: (@Sendable (_ database: String) -> SQLClient)?
  package var database: String
  /// The moment that the copy was recovered to.
  package var referenceTime: Date
  /// The copy is of a moment in the past, in words; nil = of the end of what is archived.
  package var moment: String?
  /// When that was is not known.
  package var isUndated = false
  /// Asked when a session broke: what ended the copy, where that says nothing of what is in it.
  package var loss: @Sendable () async -> String?

  package init(
    copy: @escaping @Sendable (_ database: String) -> SQLClient,
    production: (@Sendable (_ database: String) -> SQLClient)? = nil, database: String,
    referenceTime: Date, moment: String? = nil, isUndated: Bool = false,
    loss: @escaping @Sendable () async -> String? = { nil }
  ) {
    self.copy = copy
    self.production = production
    self.database = database
    self.referenceTime = referenceTime
    self.moment = moment
    self.isUndated = isUndated
    self.loss = loss
  }

  /// Seconds that production gets for its answer: it has other work.
  static let productionDeadline = 5.0

  package func run(_ tests: [SmokeTest]) async -> [SmokeTestResult] {
    var results: [SmokeTestResult] = []
    for test in tests where !Task.isCancelled { results.append(await run(test)) }
    return results
  }

  private func run(_ test: SmokeTest) async -> SmokeTestResult {
    let clock = ContinuousClock()
    let start = clock.now
    let database = test.database ?? database
    var result = SmokeTestResult(
      name: test.name, answer: nil, rows: nil, production: nil,
      expectation: test.expectation.description, passed: nil, detail: "", seconds: 0)
    if let reason = misfit(test) {
      result.detail = reason
      return result
    }
    let client = copy(database)
    do {
      let answer = try await single(client, test.sql, deadline: test.timeout)
      result.answer = answer
      result.rows = answer.flatMap { Int64($0) }
      var absence: String?
      if case .withinOfProduction = test.expectation {
        (result.production, absence) = await askProduction(test.sql, database: database)
      }
      let judged = test.expectation.evaluate(
        answer: answer, production: result.production, referenceTime: referenceTime)
      result.passed = judged.passed
      result.detail = absence.map { "\(judged.detail): \($0)" } ?? judged.detail
    } catch let error as RecoveryError {
      (result.passed, result.detail) = await reading(of: error, test, database: database)
    } catch {
      result.detail = "\(error)"
    }
    await client.close()
    result.seconds = (clock.now - start).secondsTaken
    return result
  }

  /// Why a test says nothing of a moment in the past: production is asked as it is now.
  package func misfit(_ test: SmokeTest) -> String? {
    guard let moment else { return nil }
    switch test.expectation {
    case .withinOfProduction:
      return "production is as of now, the copy as of \(moment): not comparable"
    case .newerThan where isUndated:
      return "nobody knows when \(moment) was, so that nothing can be newer than it"
    case .newerThan, .atLeast, .equals: return nil
    }
  }

  /// The verdict of tests that were run; one that does not fit the moment is told as not run and takes nothing from it,
  /// unless there is no other.
  package func verdict(
    _ tests: [SmokeTest], _ results: [SmokeTestResult]
  ) -> (outcome: DrillOutcome, reason: String?) {
    let fitting = zip(tests, results).filter { misfit($0.0) == nil }.map(\.1)
    return Self.verdict(fitting.isEmpty ? results : fitting)
  }

  /// A copy that answered that it cannot has failed. One that was not properly asked, or was taken from us, has not.
  private func reading(
    of error: RecoveryError, _ test: SmokeTest, database: String
  ) async -> (passed: Bool?, detail: String) {
    if error.code == .cancelled { return (nil, error.message) }
    if error.mayBeTheTests, await productionFails(error.sqlState, test, database: database) {
      return (nil, "production answers the same, so the test is at fault: \(error.message)")
    }
    if let refusal = TestRefusal(error) { return (nil, refusal.words(error.message)) }
    if error.isLostSession, let loss = await loss() { return (nil, loss) }
    return (false, error.message)
  }

  /// A copy that answers as production does has lost nothing.
  private func productionFails(
    _ state: String?, _ test: SmokeTest, database: String
  ) async -> Bool {
    guard case .failure(let error) = await fromProduction(test.sql, database: database) else {
      return false
    }
    return (error as? RecoveryError)?.sqlState == state
  }

  private func askProduction(
    _ sql: String, database: String
  ) async -> (answer: String?, absence: String?) {
    switch await fromProduction(sql, database: database) {
    case nil: (nil, "no primary is known")
    case .success(let answer): (answer, nil)
    case .failure(let error): (nil, (error as? RecoveryError)?.message ?? "\(error)")
    }
  }

  /// nil = production cannot be asked.
  private func fromProduction(
    _ sql: String, database: String
  ) async -> Result<String?, any Error>? {
    guard let production else { return nil }
    let client = production(database)
    defer { Task { await client.close() } }
    do {
      return .success(try await single(client, sql, deadline: Self.productionDeadline))
    } catch {
      return .failure(error)
    }
  }

  private func single(
    _ client: SQLClient, _ sql: String, deadline: Double
  ) async throws -> String? {
    let rows = try await client.query(sql, deadline)
    guard rows.columns.count == 1 else {
      throw RecoveryError(.invalid, "one column was expected, not \(rows.columns.count)")
    }
    guard rows.rows.count == 1 else {
      // Which of many rows is meant, the test does not say; that there is none, the copy does.
      throw RecoveryError(
        rows.rows.isEmpty ? .failed : .invalid, "one row was expected, not \(rows.rows.count)")
    }
    return rows.rows[0][0]
  }

  // MARK: Without configured tests

  /// The catalog can be read, and so can every page of the three largest tables.
  package func builtIn() async -> [SmokeTest] {
    let tables = """
      SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c \
      JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' \
      AND c.relpersistence = 'p' AND n.nspname NOT IN ('pg_catalog', 'information_schema') \
      AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') \
      ORDER BY c.relpages DESC, 1 LIMIT 3
      """
    let client = copy(database)
    let rows = (try? await client.query(tables, 30))?.rows ?? []
    await client.close()
    let catalog = SmokeTest(
      name: "built in: relations in the catalog of \(database)",
      sql: "SELECT count(*) FROM pg_class", expectation: .atLeast(1))
    return [catalog]
      + rows.compactMap { $0.first ?? nil }.map {
        SmokeTest(
          name: "built in: rows of \($0)", sql: "SELECT count(*) FROM \($0)",
          expectation: .atLeast(0), timeout: 600)
      }
  }

  /// The verdict of the tests, and why: passed needs that all were judged. One that failed outweighs those that nobody
  /// could judge.
  package static func verdict(
    _ results: [SmokeTestResult]
  ) -> (outcome: DrillOutcome, reason: String?) {
    let failed = results.filter { $0.passed == false }
    let silent = results.filter { $0.passed == nil }
    if !failed.isEmpty {
      let list = failed.map { "\($0.name): \($0.detail)" }.joined(separator: "; ")
      return (.failed, "smoke tests failed: \(list)")
    }
    let list = silent.map { "\($0.name): \($0.detail)" }.joined(separator: "; ")
    if silent.isEmpty, !results.isEmpty { return (.passed, nil) }
    let share = results.count == silent.count ? "no" : "not every"
    return (
      .notTested, "\(share) smoke test could be judged" + (list.isEmpty ? "" : ": \(list)")
    )
  }
}

extension Duration {
  package var secondsTaken: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}

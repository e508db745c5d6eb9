import DrillParts
import FoundationEssentials
import Kubernetes
import RecoveryModel
import Transports

extension ClusterDrillRun {
  /// Asks the copy itself how far it came, then puts the tests to it.
  func smokeTest(_ pod: String) async throws {
    let restored = elapsed
    let link = CopyLink(
      operations: operations, order: order, pod: pod, login: try await login(restored)
    ) { self.emit(.log($0)) }
    self.link = link
    do { try await prove(link.client(order.database)) } catch {
      if Task.isCancelled { throw error }
      guard let words = await link.loss ?? Self.hindrance(error) else { throw error }
      throw untested(words, restored)
    }
    enter(.smokeTesting)
    let run = SmokeTestRun(
      copy: { link.client($0) }, production: production, database: order.database,
      referenceTime: order.asked?.at ?? journal.record.reachedTime ?? order.backupFinishedAt
        ?? journal.record.startedAt, moment: order.momentCheck?.moment.text,
      isUndated: order.asked?.at == nil && journal.record.reachedTime == nil)
    let configured = site.declaration.smokeTests
    let tests =
      (configured.isEmpty ? await run.builtIn() : configured) + [order.marker].compactMap { $0 }
    let results = await run.run(tests)
    if Task.isCancelled { throw RecoveryError(.cancelled, "cancelled while smoke testing") }
    for result in results { emit(.log("\(result.name): \(result.answer ?? result.detail)")) }
    journal.learn { $0.tests = results }
    let verdict = run.verdict(tests, results)
    if verdict.outcome != .failed, let loss = await link.loss { throw DrillEnd.notTested(loss) }
    journal.conclude(verdict.outcome, reason: verdict.reason)
  }

  private var production: (@Sendable (String) -> SQLClient)? {
    guard let conninfo = site.settings.conninfo else { return nil }
    let (connect, secret) = (operations.connect, site.settings.password)
    return { connect(conninfo.adding("dbname", $0), secret) }
  }

  /// The words of an end that says nothing of the copy; nil for those that do, and for a cancellation.
  private static func hindrance(_ error: any Error) -> String? {
    guard case DrillEnd.notTested(let words) = error else { return nil }
    return words
  }

  /// Of a copy that came back and cannot be asked: restored, where the log tells that it reached its target.
  private func untested(_ words: String, _ restored: Double) -> DrillEnd {
    guard let redoDone = log.recovery.redoDone, isProven(at: redoDone) else {
      return .couldNotRun(
        "the copy came up, but could not be asked whether it reached its target: \(words)")
    }
    let measured = restored - recoveryBegan
    journal.learn { $0.measuredRTO = measured }
    return .notTested(words)
  }

  /// By the log alone.
  private func isProven(at reached: LSN) -> Bool {
    guard let target = order.momentCheck else { return reached >= order.target }
    return target.objection(log: log.recovery, reached: reached) == nil
  }

  private func login(_ restored: Double) async throws -> CopyLink.Login {
    let name = "\(order.copy)-\(order.usesSuperuser ? "superuser" : "app")"
    guard let secret = try await login(name), let user = text(secret, "username"),
      let password = text(secret, "password")
    else {
      throw untested("the operator made no Secret \(name) to log in with", restored)
    }
    return CopyLink.Login(user: user, password: Secret(password))
  }

  /// When the copy was begun to be made.
  private var recoveryBegan: Double {
    journal.entries.first { $0.state == .provisioning }?.elapsed ?? 0
  }

  /// The copy's own login; the operator may need another moment for it.
  private func login(_ name: String) async throws -> ObjectTree? {
    for attempt in 0..<10 {
      if attempt > 0 { try await Task.sleep(for: .seconds(limits.tick)) }
      if let secret = try await site.client.get(.secrets, in: order.namespace, name) {
        return secret
      }
    }
    return nil
  }

  private func text(_ secret: ObjectTree, _ key: String) -> String? {
    guard let encoded = secret.at("data", key)?.string, let data = Data(base64Encoded: encoded)
    else { return nil }
    return String(decoding: data, as: UTF8.self)
  }

  /// Out of recovery, on a timeline of its own, and as far as it was told to go: an early promotion looks healthy.
  private func prove(_ client: SQLClient) async throws {
    let rows = try await first(
      client,
      """
      SELECT pg_is_in_recovery()::text AS recovering, current_setting('archive_mode') AS archiving, \
      CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_lsn()::text END AS written, \
      CASE WHEN NOT pg_is_in_recovery() THEN pg_walfile_name(pg_current_wal_lsn()) END AS segment, \
      (SELECT sum(pg_database_size(oid)) FROM pg_database \
      WHERE has_database_privilege(oid, 'CONNECT'))::text AS bytes
      """)
    let measured = elapsed - recoveryBegan
    guard rows.value("recovering") == "false" else {
      throw DrillEnd.failed("the copy takes connections but is still in recovery")
    }
    let reached = log.recovery.redoDone
    let written = rows.value("written").flatMap { LSN(text: $0) }
    guard let far = reached ?? written else {
      throw DrillEnd.failed("the copy does not say how far it replayed")
    }
    if let target = order.momentCheck {
      guard log.recovery.stop != nil || reached != nil else {
        throw DrillEnd.couldNotRun(
          "the copy came up, and nobody heard its log say where it stopped")
      }
      if let objection = target.objection(log: log.recovery, reached: reached) {
        throw DrillEnd.failed(objection)
      }
    }
    // Told to go to the end it goes on writing there, and would soon seem to have come far enough.
    guard order.moment != .latest || reached != nil else {
      throw DrillEnd.couldNotRun("the copy came up, and nobody heard its log say where it stopped")
    }
    let least = order.momentCheck == nil ? order.target : LSN(0)
    guard far >= least, written.map({ $0 >= least }) ?? true else {
      throw DrillEnd.failed(
        "the copy was promoted early, at \(min(far, written ?? far)), before its target "
          + "\(order.target): what comes after is missing, although the cluster looks healthy")
    }
    let timeline = rows.value("segment").flatMap { WALSegment.timeline(ofFile: $0) }
    if let timeline, timeline <= order.timeline {
      throw DrillEnd.failed(
        "the copy is on timeline \(timeline), not on one of its own after \(order.timeline)")
    }
    if rows.value("archiving") != "off" {
      emit(.log("archive_mode is \(rows.value("archiving") ?? "unknown"), without an archiver"))
    }
    journal.learn {
      $0.reachedLSN = far
      $0.measuredRTO = measured
      $0.restoredBytes = rows.value("bytes").flatMap { Int64($0) }
    }
    if let bytes = journal.record.restoredBytes { journal.moved(bytes, in: .restoring) }
  }

  /// A copy that has just become ready may need another moment.
  private func first(_ client: SQLClient, _ sql: String) async throws -> SQLRows {
    var last: RecoveryError?
    for attempt in 0..<4 {
      if attempt > 0 { try await Task.sleep(for: .seconds(limits.tick)) }
      do { return try await client.query(sql, 20) } catch let error as RecoveryError {
        guard error.code != .cancelled else { throw error }
        last = error
      }
    }
    throw DrillEnd.notTested("it cannot be logged in to: \(last?.message ?? "no answer")")
  }
}

import FoundationEssentials
import RecoveryModel

extension ClusterDrillRun {
  /// Asks the copy itself how far it came, then puts the tests to it.
  func smokeTest(_ pod: String) async throws {
    let (address, password) = try await reach(pod)
    let connect = operations.connect
    let copy = { @Sendable (database: String) in
      self.explaining(connect(address.adding("dbname", database), password), pod)
    }
    do { try await prove(copy(order.database)) } catch { throw loss ?? error }
    enter(.smokeTesting)
    var production: (@Sendable (String) -> SQLClient)?
    if let conninfo = site.settings.conninfo {
      let secret = site.settings.password
      production = { connect(conninfo.adding("dbname", $0), secret) }
    }
    let run = SmokeTestRun(
      copy: copy, production: production, database: order.database,
      referenceTime: journal.record.reachedTime ?? order.backupFinishedAt
        ?? journal.record.startedAt)
    let configured = site.declaration.smokeTests
    let tests = configured.isEmpty ? await run.builtIn() : configured
    let results = await run.run(tests)
    if Task.isCancelled { throw RecoveryError(.cancelled, "cancelled while smoke testing") }
    for result in results { emit(.log("\(result.name): \(result.answer ?? result.detail)")) }
    journal.learn { $0.tests = results }
    if let loss { throw loss }
    let verdict = SmokeTestRun.verdict(results)
    journal.conclude(verdict.outcome, reason: verdict.reason)
  }

  /// Connection parameters of the copy, as its own Secret and the way to it give them.
  private func reach(_ pod: String) async throws -> ([String: String], Secret) {
    let name = "\(order.copy)-\(order.usesSuperuser ? "superuser" : "app")"
    guard let secret = try await login(name), let user = text(secret, "username"),
      let password = text(secret, "password")
    else {
      throw DrillEnd.couldNotRun(
        "the copy recovered, but the operator made no Secret \(name) to log in with")
    }
    var address = [
      "user": user, "port": "5432", "application_name": "pgvigil drill", "connect_timeout": "10",
    ]
    if operations.isInCluster {
      address["host"] = "\(order.copy)-rw.\(order.namespace).svc"
      address["sslmode"] = "require"
    } else {
      let tunnel = try await PortForward.open(
        pod: pod, site: site, namespace: order.namespace, kubectl: operations.kubectl,
        processes: operations.processes, deadline: limits.forward,
        lifetime: site.declaration.drill.timeout + 60)
      forward = tunnel
      address["host"] = "127.0.0.1"
      address["port"] = tunnel.port
      // The tunnel is encrypted and ends at the pod itself.
      address["sslmode"] = "prefer"
    }
    return (address, Secret(password))
  }

  /// A client whose lost connections are told for what they are.
  private nonisolated func explaining(_ client: SQLClient, _ pod: String) -> SQLClient {
    SQLClient(
      query: { sql, seconds in
        do { return try await client.query(sql, seconds) } catch let error as RecoveryError {
          throw await self.explain(error, pod)
        }
      }, close: client.close)
  }

  /// A forward or a pod that is gone says nothing about the backup: that is noted as a loss. A server that is gone may.
  private func explain(_ error: RecoveryError, _ pod: String) async -> RecoveryError {
    guard error.code == .unreachable, !Task.isCancelled else { return error }
    var words = await podLoss(pod)
    let end = words == nil ? await forward?.end(within: limits.forwardEnd) : nil
    if let end, !end.isRefusedByPod { words = "\(end.error)" }
    if let words {
      loss = .couldNotRun("the copy could not be asked to the end: \(words)")
      return RecoveryError(.cancelled, words)
    }
    return RecoveryError(
      .failed,
      "the copy's PostgreSQL went away: \(end?.refusal ?? error.message); if a new drill ends so "
        + "too, see its pod's log while the tests run, and its memory limit")
  }

  /// nil while the pod is there, and where the API server does not say.
  private func podLoss(_ pod: String) async -> String? {
    let advice = "(see kubectl -n \(ShellWord.quoted(order.namespace)) get events, and drill again)"
    do {
      guard
        let found = try await site.client.get(Pod.resource, in: order.namespace, pod)?
          .decoded(Pod.self)
      else { return "its pod \(pod) is gone: evicted, or deleted by somebody \(advice)" }
      guard found.isTerminating || found.status?.phase == "Failed" else { return nil }
      return "its pod \(pod): \(found.trouble ?? "failed") \(advice)"
    } catch {
      return nil
    }
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
    let restoring = journal.entries.first { $0.state == .restoring }?.elapsed ?? 0
    let measured = elapsed - restoring
    await client.close()
    guard rows.value("recovering") == "false" else {
      throw DrillEnd.failed("the copy takes connections but is still in recovery")
    }
    let reached = log.recovery.redoDone
    let written = rows.value("written").flatMap { LSN(text: $0) }
    guard let far = reached ?? written else {
      throw DrillEnd.failed("the copy does not say how far it replayed")
    }
    guard far >= order.target, written.map({ $0 >= order.target }) ?? true else {
      throw DrillEnd.failed(
        "the copy was promoted early, at \(min(far, written ?? far)), before its target "
          + "\(order.target): what comes after is missing, although the cluster looks healthy")
    }
    let timeline = rows.value("segment").flatMap { UInt32($0.prefix(8), radix: 16) }
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
    await client.close()
    throw DrillEnd.couldNotRun(
      "the copy recovered, but it cannot be logged in to: \(last?.message ?? "no answer")")
  }
}

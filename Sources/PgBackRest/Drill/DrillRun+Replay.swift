import DrillParts
import FoundationEssentials
import Glibc
import RecoveryModel
import Transports

extension DrillRun {
  /// Starts the copy and waits until it takes queries at its target.
  func replay() async throws {
    guard let directory else { return }
    enter(.replaying)
    let copy = try copyServer(directory)
    var log = try await recover(copy, .own, minima: [:])
    if !log.isReady, !log.sawDatabase {
      emit(.log("the backup's own configuration cannot be loaded here: \(log.reason)"))
      emit(.log("starting once more with a minimal one"))
      log = try await recover(copy, .minimal, minima: await minima(copy))
    }
    record(log)
    guard log.isReady else { throw failure(log) }
    try await prove(log)
  }

  private func copyServer(_ directory: DrillDirectory) throws -> CopyServer {
    guard let text = FileText.read(directory.data + "/PG_VERSION", following: false),
      let major = text.split(whereSeparator: { $0 == "." || $0.isNewline }).first
        .flatMap({ Int($0) })
    else { throw DrillEnd.failed("the restored directory has no readable PG_VERSION") }
    return CopyServer(
      programs: site.programs(major: major), major: major, directory: directory, id: plan.id,
      sharedBuffers: operations.declaration.drill.sharedBuffers)
  }

  private func minima(_ copy: CopyServer) async -> [String: String] {
    let request = ProcessRequest(
      copy.programs + "/pg_controldata", [copy.directory.data],
      environment: ["LC_ALL": "C"], account: site.account, deadline: 30)
    let result = try? await operations.processes.run(request)
    return CopyServer.minima(controlData: result?.output ?? "")
  }

  /// Follows the log until the copy is ready or has died.
  private func recover(
    _ copy: CopyServer, _ configuration: CopyServer.Configuration, minima: [String: String]
  ) async throws -> RecoveryLog {
    if !FileText.exists(copy.directory.data + "/postgresql.conf"), configuration == .own {
      return try await recover(copy, .minimal, minima: await self.minima(copy))
    }
    let request = copy.request(
      configuration, minima: minima, site: site,
      deadline: operations.declaration.drill.timeout + 60)
    let watch = ServerWatch(operations.processes.stream(request))
    server = watch
    var log = RecoveryLog()
    var told = -1.0
    for await news in watch.news {
      switch news {
      case .line(let text):
        let moved = log.read(text)
        if log.isReady { return log }
        if moved, elapsed - told >= 0.2 {
          told = elapsed
          tell(log)
        }
      case .ended: return log
      case .lost(let reason): throw DrillEnd.couldNotRun(reason)
      }
    }
    throw RecoveryError(.cancelled, "cancelled while replaying")
  }

  private func tell(_ log: RecoveryLog) {
    guard let start = log.redoStart, let position = log.position(segmentSize: order.segmentSize)
    else { return }
    let total = order.target.bytes(since: start)
    let done = min(position.bytes(since: start), total)
    emit(
      .progress(
        fraction: total > 0 ? Double(done) / Double(total) : nil, bytesDone: done,
        bytesTotal: total))
  }

  private func record(_ log: RecoveryLog) {
    let reached = log.position(segmentSize: order.segmentSize)
    let walBytes = log.redoStart.map { start in reached.map { $0.bytes(since: start) } ?? 0 } ?? 0
    journal.moved(walBytes)
    // What lies in the repository is known from the plan, for all of the way.
    let share =
      order.load.segments > 0 ? Double(log.restored.count) / Double(order.load.segments) : 1
    journal.learn {
      $0.reachedLSN = reached
      $0.reachedTime = log.lastTransactionAt
      $0.replay = ReplayLoad(
        segments: log.restored.count, walBytes: walBytes,
        storedBytes: Int64(Double(order.load.storedBytes) * min(1, share)))
    }
    save()
  }

  /// Why a copy that died did so.
  private func failure(_ log: RecoveryLog) -> DrillEnd {
    let reached = log.position(segmentSize: order.segmentSize)?.description
    if log.reason.contains(Self.diskFull) {
      return .couldNotRun("the place is full: \(log.reason)")
    }
    guard log.fatals.contains(where: { $0.contains(RecoveryLog.endedEarly) }) else {
      let place = reached.map { "at \($0)" } ?? "before it replayed anything"
      return .failed("the copy died \(place): \(log.reason)")
    }
    let missing = log.missingSegment(segmentSize: order.segmentSize)
    let name = [order.missing, missing].compactMap { $0 }
      .first { $0.suffix(16) == missing?.suffix(16) }
    return .failed(
      "segment \(name ?? order.missing ?? "unknown") is missing from the archive or unreadable: "
        + (reached.map { "replay ended at \($0), before" } ?? "nothing was replayed towards")
        + " its target \(order.target)")
  }

  /// Asks the copy itself: out of recovery, not archiving, and as far as it was told to go.
  private func prove(_ log: RecoveryLog) async throws {
    let client = try await firstClient()
    let rows = try await client.query(
      """
      SELECT pg_is_in_recovery()::text AS recovering, current_setting('archive_mode') AS archiving, \
      pg_last_wal_replay_lsn()::text AS replayed
      """, 60)
    let restoring = journal.entries.first { $0.state == .restoring }?.elapsed ?? 0
    let measured = elapsed - restoring
    await client.close()
    guard rows.value("recovering") == "false" else {
      throw DrillEnd.failed("the copy takes connections but is still in recovery")
    }
    guard rows.value("archiving") == "off" else {
      throw DrillEnd.couldNotRun(
        "the copy has archive_mode = \(rows.value("archiving") ?? "unknown"): it was stopped")
    }
    guard let reached = log.redoDone ?? rows.value("replayed").flatMap({ LSN(text: $0) }) else {
      throw DrillEnd.failed("the copy does not say how far it replayed")
    }
    guard reached >= order.target else {
      throw DrillEnd.failed(
        "replay ended early, at \(reached), before its target \(order.target)")
    }
    journal.learn {
      $0.reachedLSN = reached
      $0.measuredRTO = measured
    }
    save()
  }
}

extension RecoveryLog {
  /// The last thing it complained about.
  package var reason: String { fatals.last ?? "it gave no reason" }
}

extension FileText {
  static func exists(_ path: String) -> Bool { facts(path) != nil }
}

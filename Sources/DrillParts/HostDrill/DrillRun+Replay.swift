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
    try directory.sealTablespaces()
    var (log, status) = try await recover(copy, .own, minima: [:])
    if !log.isReady, !log.sawDatabase {
      emit(.log("the backup's own configuration cannot be loaded here: \(log.reason)"))
      emit(.log("starting once more with a minimal one"))
      (log, status) = try await recover(copy, .minimal, minima: await minima(copy))
    }
    record(log)
    guard log.isReady else {
      let ending = ending(log, status: status)
      throw await ending.end(of: drills.archive)
    }
    do { try await prove(log) } catch {
      if order.keep != nil, Self.isUnanswered(error), !Task.isCancelled, server != nil,
        try isWhole(log)
      {
        emit(.log("it recovered, and could not be asked: \(error)"))
        return
      }
      guard !Task.isCancelled, Self.isUnanswered(error), let loss = await loss() else {
        throw error
      }
      throw DrillEnd.couldNotRun(loss)
    }
  }

  /// Its log alone says that it came to where it was to. Throws `DrillEnd` where it says the opposite.
  private func isWhole(_ log: RecoveryLog) throws -> Bool {
    guard let directory, CopyServer.postmaster(of: directory) != nil else { return false }
    if let objection = order.momentCheck?.objection(log: log, reached: log.redoDone) {
      throw DrillEnd.failed(objection)
    }
    return order.momentCheck != nil || (log.redoDone.map { $0 >= order.target } ?? false)
  }

  /// Nobody answered; every other error is the copy's own word.
  private static func isUnanswered(_ error: any Error) -> Bool {
    switch error {
    case DrillEnd.couldNotRun: true
    case let error as RecoveryError: !error.speaksOfData
    default: false
    }
  }

  private func copyServer(_ directory: DrillDirectory) throws -> CopyServer {
    guard FileText.exists(directory.data) else {
      throw DrillEnd.couldNotRun("\(directory.data) has gone: somebody removed the copy")
    }
    guard let text = FileText.read(directory.data + "/PG_VERSION", following: false),
      let major = text.split(whereSeparator: { $0 == "." || $0.isNewline }).first
        .flatMap({ Int($0) })
    else { throw DrillEnd.failed("the restored directory has no readable PG_VERSION") }
    return CopyServer(
      programs: site.programs(major: major), major: major, directory: directory, id: plan.id,
      sharedBuffers: drills.declaration.drill.sharedBuffers)
  }

  private func minima(_ copy: CopyServer) async -> [String: String] {
    let request = ProcessRequest(
      copy.programs + "/pg_controldata", [copy.directory.data],
      environment: ["LC_ALL": "C"], account: site.account, deadline: 30)
    let result = try? await drills.processes.run(request)
    return CopyServer.minima(controlData: result?.output ?? "")
  }

  /// Follows the log until the copy is ready, or has died with a status.
  private func recover(
    _ copy: CopyServer, _ configuration: CopyServer.Configuration, minima: [String: String]
  ) async throws -> (RecoveryLog, Int32?) {
    if !FileText.exists(copy.directory.data + "/postgresql.conf"), configuration == .own {
      return try await recover(copy, .minimal, minima: await self.minima(copy))
    }
    let request = copy.request(
      configuration, minima: minima, environment: drills.archive.environment(copy.directory),
      account: site.account, deadline: limit + 60)
    let watch = ServerWatch(drills.processes.stream(request))
    server = watch
    var log = RecoveryLog()
    var told = -1.0
    for await news in watch.news {
      switch news {
      case .line(let text):
        let moved = log.read(text)
        if log.isReady { return (log, nil) }
        if moved, elapsed - told >= 0.2 {
          told = elapsed
          tell(log)
        }
      case .ended(let status): return (log, status)
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
      $0.moment?.stop = log.stop
      $0.replay = ReplayLoad(
        segments: log.restored.count, walBytes: walBytes,
        storedBytes: Int64(Double(order.load.storedBytes) * min(1, share)))
    }
    save()
  }

  /// What the end of a copy says that ended with this log.
  private func ending(_ log: RecoveryLog, status: Int32?) -> CopyEnding {
    CopyEnding(
      log: log, status: status, free: directory.flatMap { FileText.freeBytes($0.path) },
      place: order.place, order: order, fetcher: drills.archive.fetcher,
      sharedBuffers: drills.declaration.drill.sharedBuffers)
  }

  /// What took away a copy that no longer answers, where that says nothing of it; nil = it stands, or fell by itself.
  func loss() async -> String? {
    guard let directory, let server else { return nil }
    // A server whose process was killed takes a moment to end the others, and says so.
    for _ in 0..<40 where CopyServer.postmaster(of: directory) != nil && !Task.isCancelled {
      try? await Task.sleep(for: .milliseconds(50))
    }
    guard CopyServer.postmaster(of: directory) == nil else { return nil }
    // Its last lines may still be on their way, held back by a process that outlives it.
    for _ in 0..<40 where server.fate.status == nil && !Task.isCancelled {
      try? await Task.sleep(for: .milliseconds(50))
    }
    guard !Task.isCancelled else { return nil }
    let fate = server.fate
    return ending(fate.log, status: fate.status).loss
  }

  /// Without a target PostgreSQL takes whatever it does not get for the end of the archive.
  private func endedEarly(_ log: RecoveryLog, at reached: LSN) async -> DrillEnd {
    let free = directory.flatMap { FileText.freeBytes($0.path) } ?? .max
    let fetching = await drills.archive.end(
      fetching: log, isCramped: log.shortage == .full || free < CopyEnding.cramped,
      place: order.place)
    if let fetching { return fetching }
    let obstacle = log.obstacle(segmentSize: order.segmentSize, planned: order.missing)
    return .failed(
      "\(obstacle): replay ended early, at \(reached), before \(order.target), which is archived")
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
    if let objection = order.momentCheck?.objection(log: log, reached: reached) {
      throw DrillEnd.failed(objection)
    }
    guard order.momentCheck != nil || reached >= order.target else {
      throw await endedEarly(log, at: reached)
    }
    journal.learn {
      $0.reachedLSN = reached
      $0.measuredRTO = measured
    }
    save()
  }
}

extension FileText {
  package static func exists(_ path: String) -> Bool { facts(path) != nil }
}

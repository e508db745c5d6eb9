import FoundationEssentials
import Glibc
import PostgresServers
import RecoveryModel
import Transports

/// One verify drill, from the first check to the proof that nothing is left.
actor DrillRun {
  let drills: HostDrills
  let plan: OperationPlan
  let order: DrillOrder
  private let feed: OperationFeed
  private let clock = ContinuousClock()
  private let started: ContinuousClock.Instant
  var journal: DrillJournal
  /// Set once the directory is ours to destroy.
  var directory: DrillDirectory?
  var mark: DrillMark?
  /// Descriptor that the copy's life hangs on.
  private(set) var guardPipe: Int32 = -1
  var server: ServerWatch?
  /// How the copy is reached, once it has let us in.
  var copyAddress: [String: String]?
  private var timedOut = false
  /// Set once it stays.
  var kept: KeptRecovery?

  init(
    drills: HostDrills, plan: OperationPlan, order: DrillOrder, feed: OperationFeed
  ) {
    self.drills = drills
    self.plan = plan
    self.order = order
    self.feed = feed
    started = clock.now
    let environment = drills.environment
    let now = environment.now()
    var record = DrillRecord(
      id: plan.id, cluster: plan.cluster, engine: drills.declaration.engine, startedAt: now,
      finishedAt: now, outcome: .couldNotRun, backup: order.label,
      backupFinishedAt: order.backupFinishedAt,
      targetLSN: order.momentCheck == nil ? order.target : order.moment?.position,
      timeline: order.timeline, predicted: plan.expected, host: environment.host,
      user: environment.user, version: environment.version)
    record.moment = order.asked
    journal = DrillJournal(record)
  }

  var site: HostDrillSite { drills.site }
  var elapsed: Double { (clock.now - started).secondsTaken }

  /// Seconds that it may take.
  var limit: Double { order.keep == nil ? drills.declaration.drill.timeout : KeepOrder.limit }

  /// Ends with a record, whatever happens; destroying is never skipped and never cancelled, but for a recovery that stays.
  func run() async -> DrillRecord {
    enter(.planned)
    let work = Task { try await self.attempt() }
    let timer = Task {
      try await Task.sleep(for: .seconds(limit))
      self.giveUp(work)
    }
    do {
      try await withTaskCancellationHandler {
        try await work.value
      } onCancel: {
        work.cancel()
      }
    } catch {
      conclude(error)
    }
    timer.cancel()
    if kept == nil { await Task { await self.destroy() }.value }
    enter(.recorded)
    return journal.closed(at: drills.environment.now(), elapsed: elapsed)
  }

  private func attempt() async throws {
    try await preflight()
    try provision()
    try await restore()
    try await replay()
    guard let keep = order.keep else { return try await smokeTest() }
    do { try await smokeTest() } catch {
      guard !Task.isCancelled else { throw error }
      // Whoever recovers wants what there is.
      emit(.log("the smoke tests could not be run: \(error)"))
    }
    try await stay(keep)
  }

  private func giveUp(_ work: Task<Void, any Error>) {
    timedOut = true
    work.cancel()
  }

  private func conclude(_ error: any Error) {
    let limit = Format.duration(limit)
    switch error {
    case _ where timedOut:
      journal.conclude(
        .failed, reason: "\(journal.state.words) went beyond the limit of \(limit)",
        cause: .timedOut)
    case DrillEnd.failed(let reason):
      // A segment that the backup itself needs is missed in the preflight already.
      let early = journal.state == .preflight
      journal.conclude(.failed, reason: reason, cause: early ? .recovery : nil)
    case DrillEnd.momentNotReached(let reason):
      journal.conclude(.failed, reason: reason, cause: .momentNotReached)
    case DrillEnd.couldNotRun(let reason): journal.conclude(.couldNotRun, reason: reason)
    case DrillEnd.credentialsRefused(let reason):
      journal.conclude(.couldNotRun, reason: reason, cause: .credentials)
    case DrillEnd.notTested(let reason): journal.conclude(.notTested, reason: reason)
    case is CancellationError: journal.conclude(.cancelled, reason: "cancelled")
    case let error as RecoveryError where error.code == .cancelled:
      journal.conclude(.cancelled, reason: "cancelled in \(journal.state.words)")
    default:
      // Before the restore nothing has been put to the test yet; after it only the copy's own answer tells of it.
      let early = journal.state == .preflight || journal.state == .provisioning
      let known = error as? RecoveryError
      let late = known?.code == .timedOut
      let isTelling = !early && (late || known?.speaksOfData == true)
      journal.conclude(
        isTelling ? .failed : .couldNotRun, reason: "\(error)", cause: late ? .timedOut : nil)
    }
  }

  // MARK: What the states share

  func enter(_ state: DrillState) {
    journal.enter(state, elapsed: elapsed)
    save()
    emit(.drillEntered(state))
  }

  nonisolated func emit(_ kind: OperationEvent.Kind) {
    feed.emit(OperationEvent(at: drills.environment.now(), kind: kind))
  }

  func save() {
    guard let directory, var mark else { return }
    mark.journal = journal
    mark.write(in: directory.path)
  }

  // MARK: Provisioning

  private func provision() throws {
    enter(.provisioning)
    let place = DrillPlace(path: order.place)
    let owner = site.owner
    do {
      try place.prepare(owner: owner)
      guard let real = FileText.resolved(place.path) else {
        throw RecoveryError(.refused, "\(place.path) went away")
      }
      let directory = try directory(in: real)
      try DrillPlace.make(directory.path, owner: owner)
      mark = makeMark(directory)
      self.directory = directory
      guard mark?.write(in: directory.path) == true else {
        throw RecoveryError(
          .refused, "cannot mark \(directory.path): \(String(cString: strerror(errno)))")
      }
      for path in [directory.socketDirectory, directory.path + "/log"] {
        try DrillPlace.make(path, owner: owner)
      }
      try writeConfiguration(directory)
      try openGuard(directory)
    } catch let error as RecoveryError {
      throw DrillEnd.couldNotRun(error.message)
    }
  }

  /// Of a recovery its note comes first: a directory that nobody can find again is never made.
  private func directory(in real: String) throws(RecoveryError) -> DrillDirectory {
    guard let keep = order.keep else { return DrillDirectory(place: real, id: plan.id) }
    let path = DrillPlace(path: keep.side.path)
    if let objection = path.objectionToNew(site: site) {
      throw RecoveryError(.refused, objection)
    }
    try drills.copies.write(
      RecoveryNote(id: plan.id, cluster: plan.cluster, directory: path.path))
    return DrillDirectory(recovery: path.path, id: plan.id)
  }

  private func makeMark(_ directory: DrillDirectory) -> DrillMark {
    let environment = drills.environment
    let now = environment.now()
    return DrillMark(
      mark: order.keep == nil ? DrillMark.word : RecoveryNote.word, id: plan.id,
      cluster: plan.cluster, ownerPID: getpid(),
      ownerStart: DrillProcesses.start(of: getpid()) ?? 0, host: environment.host,
      user: environment.user, created: now,
      // An hour beyond the limit, for the destruction.
      expires: now.addingTimeInterval(limit + 3600),
      socketDirectory: directory.socketDirectory, journal: journal)
  }

  /// Files for a copy whose own lie elsewhere (Debian keeps them in /etc) or must not be used.
  private func writeConfiguration(_ directory: DrillDirectory) throws(RecoveryError) {
    let files = [
      // Only the account itself can reach the socket: its directory is 0700.
      "pg_hba.conf": "local all all trust\n", "pg_ident.conf": "",
      "postgresql.conf": "# Minimal: for a copy whose own cannot be loaded here.\n",
    ]
    for (name, text) in files {
      let path = directory.path + "/" + name
      let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
      let bytes = Array(text.utf8)
      guard descriptor >= 0, Glibc.write(descriptor, bytes, bytes.count) == bytes.count,
        fchmod(descriptor, 0o644) == 0, close(descriptor) == 0
      else {
        throw RecoveryError(.refused, "cannot write \(path): \(String(cString: strerror(errno)))")
      }
    }
  }

  private func openGuard(_ directory: DrillDirectory) throws(RecoveryError) {
    let path = directory.guardPipe
    let owner = site.owner
    guard mkfifo(path, 0o600) == 0, geteuid() != 0 || lchown(path, owner.user, owner.group) == 0
    else { throw RecoveryError(.refused, "cannot make \(path)") }
    // Both ends, so that opening does not wait for the reader.
    guardPipe = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
    if guardPipe < 0 { throw RecoveryError(.refused, "cannot open \(path)") }
  }

  // MARK: Destroying

  private func destroy() async {
    if directory != nil || journal.state.isActive { enter(.destroying) }
    guard let directory else { return }
    await drills.archive.close(directory)
    let report = await CopyDestroyer(
      owner: site.owner, account: site.account, processes: drills.processes
    ).destroy(directory)
    await letGo()
    if order.keep != nil, report.remaining.isEmpty { drills.copies.forget(plan.id) }
    for line in report.removed { emit(.log("removed \(line)")) }
    for line in report.remaining { emit(.log("left behind: \(line)")) }
    journal.learn { $0.leftBehind = report.remaining }
  }

  /// Of the guarded server, once it has ended.
  func letGo() async {
    await server?.end()
    server = nil
    if guardPipe >= 0 { close(guardPipe) }
    guardPipe = -1
  }
}

extension DrillState {
  /// Something may have been made in it.
  var isActive: Bool { self != .planned && self != .preflight && self != .recorded }
}

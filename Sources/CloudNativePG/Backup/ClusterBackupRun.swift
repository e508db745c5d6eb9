import DrillParts
import FoundationEssentials
import Kubernetes
import RecoveryModel

/// Creates one Backup and follows it by watching, from the queue to the arrival of its end WAL.
actor ClusterBackupRun {
  private let site: ClusterSite
  private let limits: OperationLimits
  private let now: @Sendable () -> Date
  private let feed: OperationFeed
  private let clock = ContinuousClock()
  private var told = ""

  init(
    site: ClusterSite, limits: OperationLimits, now: @escaping @Sendable () -> Date,
    feed: OperationFeed
  ) {
    self.site = site
    self.limits = limits
    self.now = now
    self.feed = feed
  }

  private enum News: Sendable {
    case seen(ObjectFollower<CNPGBackup>.Sight)
    case tick
  }

  /// Throws `RecoveryError`; when cancelled, one that says what goes on without us.
  func run(_ order: ClusterBackupOrder) async throws {
    step("creating Backup \(order.name)")
    let created = try await site.client.create(
      CNPGBackup.resource, in: site.namespace, order.manifest)
    let uid = created.at("metadata", "uid")?.string
    do {
      let done = try await follow(order, uid: uid)
      let caution = try await endWAL(of: done)
      feed.emit(OperationEvent(at: now(), kind: .backupFinished(label: order.name + caution)))
    } catch {
      guard Task.isCancelled else { throw error }
      throw await Task { await self.leave(order, uid: uid) }.value
    }
  }

  // MARK: The object

  private func follow(_ order: ClusterBackupOrder, uid: String?) async throws -> CNPGBackup {
    let follower = ObjectFollower<CNPGBackup>(site.client, namespace: site.namespace)
    let seconds = limits.tick
    let line = NewsLine<News>([
      { continuation in await follower.run { continuation.yield(.seen($0)) } },
      { continuation in
        while (try? await Task.sleep(for: .seconds(seconds))) != nil { continuation.yield(.tick) }
      },
    ])
    defer { line.end() }
    var backup: CNPGBackup?
    var began: ContinuousClock.Instant?
    for await news in line.news {
      if Task.isCancelled { break }
      switch news {
      case .tick:
        if let began { progress((clock.now - began).secondsTaken, order) }
      case .seen(let sight):
        if let blindness = sight.blindness {
          tell("the API server is out of reach, still following: \(blindness.message)")
          continue
        }
        let own = sight.objects.first { $0.name == order.name && $0.metadata.uid == uid }
        guard let own else {
          // A list from before the creation has none yet; one that was seen and is gone was deleted.
          if backup == nil { continue }
          throw RecoveryError(
            .failed, "Backup \(order.name) was deleted before its end",
            remedy: "look at the instance's log: its copying may go on")
        }
        backup = own
        if own.phase.isUnderWay, began == nil { began = clock.now }
        let elsewhere = own.phase.isUnderWay ? [] : await site.facts()?.elsewhere ?? []
        if try await judge(own, among: sight.objects, elsewhere: elsewhere, order) { return own }
      }
    }
    throw RecoveryError(.cancelled, "stopped following Backup \(order.name)")
  }

  /// True when it is completed. Throws when it will never be.
  private func judge(
    _ backup: CNPGBackup, among all: [CNPGBackup], elsewhere: [CNPGBackup],
    _ order: ClusterBackupOrder
  ) async throws -> Bool {
    let clear = "deal with the reason, then clear it: pgvigil clear \(site.declaration.typed)"
    switch backup.phase {
    case .completed: return true
    case .failed:
      throw await failure(backup, order)
    case .walArchivingFailing:
      throw RecoveryError(
        .failed,
        "Backup \(order.name) is stuck: WAL archiving fails (\(said(backup))), and nothing starts it "
          + "again; it blocks every later backup", remedy: clear)
    case .invalid:
      throw RecoveryError(
        .failed, "Backup \(order.name) is stuck: \(said(backup)); it blocks every later backup",
        remedy: clear)
    case .new, .pending: step(waiting(backup, among: all, elsewhere: elsewhere))
    case .started: step("started" + on(backup) + earlier(order))
    case .running: step("running" + on(backup) + earlier(order))
    case .finalizing: step("finalizing: waiting for the volume snapshots to be ready")
    case .other(let phase): step("phase \(Sanitizer.clean(phase, limit: 60))")
    }
    return false
  }

  private func waiting(
    _ backup: CNPGBackup, among all: [CNPGBackup], elsewhere: [CNPGBackup]
  ) -> String {
    let queue = BackupQueue(all, cluster: site.name, elsewhere: elsewhere)
    let ahead = queue.ahead(of: backup.name)
    guard let first = ahead.first else {
      return elsewhere.first.map { "pending: waits for \($0.elsewhereWords)" }
        ?? "pending: the operator looks for an instance"
    }
    let more = ahead.count > 1 ? " and \(ahead.count - 1) more" : ""
    let stuck = queue.obstacle(first, pods: nil, now: now())
    return "pending: waits for \(first.queueWords)\(more)"
      + (stuck.map { "; \($0.sentence)" } ?? "")
  }

  private func on(_ backup: CNPGBackup) -> String {
    backup.status?.instanceID?.podName.map { " on \(Sanitizer.clean($0, limit: 80))" } ?? ""
  }

  private func earlier(_ order: ClusterBackupOrder) -> String {
    guard let last = order.earlier.last else { return "" }
    return ", the last one took \(Format.duration(last))"
  }

  /// With the reason out of the log, where that may be read and the operator does not tell it.
  private func failure(_ backup: CNPGBackup, _ order: ClusterBackupOrder) async -> RecoveryError {
    var facts = await site.facts()
    let known = (facts?.ownBackups ?? []).filter { $0.name != backup.name } + [backup]
    facts?.backups = .value(known, source: "Backups", at: now())
    var logs = FailureLogs()
    if let facts {
      for question in LogQuestion.all(facts, now: now())
      where question.subject == .backup(order.name) {
        let log = PodLog(client: site.client, namespace: site.namespace)
        logs.take(await FailureLogs.ask(question, log), to: question, now: now())
      }
    }
    facts?.logReasons = logs.reasons
    let reason = logs.reasons.backup(order.name)
    return RecoveryError(
      .failed, "Backup \(order.name) failed: \(reason?.sentence ?? said(backup))",
      remedy: facts.map { BackupFailureText.remedy(backup, reason, $0) } ?? "")
  }

  private func said(_ backup: CNPGBackup) -> String {
    Sanitizer.clean(backup.errorText ?? "no reason given", limit: 400)
  }

  /// Time spent of what the last one took: there is no other measure of how far it is.
  private func progress(_ seconds: Double, _ order: ClusterBackupOrder) {
    guard let last = order.earlier.last, last > 0 else { return }
    feed.emit(
      OperationEvent(
        at: now(),
        kind: .progress(fraction: min(seconds / last, 0.99), bytesDone: nil, bytesTotal: nil)))
  }

  // MARK: The end WAL

  /// Empty when the backup's end WAL is archived, else what to add to its name.
  private func endWAL(of backup: CNPGBackup) async throws -> String {
    let facts = await site.facts()
    guard let name = backup.status?.endWal, let needed = facts?.segment(name) else {
      return unproven(backup, "does not say which WAL it ends with")
    }
    step("completed; waiting for its end WAL \(name.text) in the archive")
    let deadline = clock.now + .seconds(limits.endWAL)
    var last = "nothing was archived yet"
    while true {
      if let seen = await site.look(limits.answer), let archived = seen.lastArchived {
        if archived.covers(needed) { return "" }
        last = "the last archived segment is \(archived.name(segmentSize: seen.segmentBytes))"
      } else if let failure = await site.facts()?.primaryStatus?.failure {
        last = "the primary does not say: \(failure.reason)"
      }
      if clock.now >= deadline { break }
      try await Task.sleep(for: .seconds(limits.tick))
    }
    return unproven(backup, "end WAL \(name.text) has not been seen in the archive (\(last))")
  }

  private func unproven(_ backup: CNPGBackup, _ why: String) -> String {
    feed.emit(
      OperationEvent(
        at: now(),
        kind: .log("NOT RESTORABLE YET: \(backup.shownName) is completed, but its \(why)")))
    return " (NOT RESTORABLE YET: \(why); run SELECT pg_switch_wal() on the primary)"
  }

  // MARK: Leaving

  /// Deletes our own Backup while it still waits; one that has begun goes on. The error that says which, or that it
  /// is not known.
  private func leave(_ order: ClusterBackupOrder, uid: String?) async -> RecoveryError {
    let name = order.name
    let look = "kubectl -n \(site.namespace) get backup \(name)"
    do {
      guard
        let tree = try await site.client.get(CNPGBackup.resource, in: site.namespace, name),
        let backup = tree.decoded(CNPGBackup.self), backup.metadata.uid == uid
      else {
        return RecoveryError(
          .cancelled, "Backup \(name) is not there any more: somebody else deleted it",
          remedy: "what the instance had begun may go on; look at its log")
      }
      guard backup.phase == .new || backup.phase == .pending else { return goesOn(name, look) }
      // Its version too: if it began in between, it stays.
      try await site.client.delete(
        CNPGBackup.resource, in: site.namespace, name, uid: uid,
        resourceVersion: backup.metadata.resourceVersion)
      return RecoveryError(.cancelled, "Backup \(name) had not begun and was deleted")
    } catch let error as RecoveryError where error.code == .refused {
      return goesOn(name, look)
    } catch {
      return RecoveryError(
        .cancelled,
        "Backup \(name) could not be looked at and deleted, so it goes on at the operator for all that "
          + "is known: \((error as? RecoveryError)?.message ?? "\(error)")", remedy: "see: \(look)")
    }
  }

  private func goesOn(_ name: String, _ look: String) -> RecoveryError {
    RecoveryError(
      .cancelled,
      "Backup \(name) had begun: it goes on at the operator, where CloudNativePG cannot stop it",
      remedy: "follow it with \(look)")
  }

  private func step(_ words: String) {
    guard words != told else { return }
    told = words
    feed.emit(OperationEvent(at: now(), kind: .stepBegan(words)))
  }

  private func tell(_ words: String) {
    guard words != told else { return }
    told = words
    feed.emit(OperationEvent(at: now(), kind: .log(words)))
  }
}

import DrillParts
import FoundationEssentials
import KubernetesStandIn
import RecoveryModel
import Testing
import Transports

@testable import CloudNativePG
@testable import Kubernetes

@Suite(.closingServers) struct ConfigMapLedgerTests {
  private static func record(
    _ id: String, _ outcome: DrillOutcome = .passed, age: Double = 0, reason: String? = nil
  ) -> DrillRecord {
    DrillRecord(
      id: id, cluster: "prod/pg-main", engine: "cloudnativepg",
      startedAt: CloudNativePGStage.ago(age + 60), finishedAt: CloudNativePGStage.ago(age),
      outcome: outcome, reason: reason, targetLSN: LSN(0x900_0000), measuredRTO: 12.5,
      host: "h", user: "u", version: "1")
  }

  private static func holder(_ process: Int32, _ operation: String = "a verify drill") -> LockHolder
  {
    LockHolder(
      user: "u", host: "h", process: process, operation: operation, since: CloudNativePGStage.now)
  }

  @Test(.timeLimit(.minutes(30)))
  func `twenty writers at once lose no drill, and each stands there once`() async throws {
    let stage = try await OperationsStage()
    let ledger = stage.operations().configMapLedger
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for number in 0..<20 {
        group.addTask { try await ledger.append(Self.record("drill\(number % 19)")) }
      }
      var added = 0
      for try await isNew in group where isNew { added += 1 }
      #expect(added == 19)
    }
    let contents = try await ledger.contents()
    #expect(Set(contents.drills.map(\.id)).count == 19)
    let read = try #require(contents.drills.first)
    #expect(read == Self.record(read.id))
    let stored = try await stage.server.object(.configMaps, stage.drills, ledger.store.name)
    let labels = stored?[path: "metadata", "labels"]
    #expect(labels?[OwnLabel.ledger] == "true")
    #expect(labels?[OwnLabel.cluster] == "pg-main")
  }

  @Test func `old drills go, the newest passed and failed stay`() throws {
    var document = LedgerDocument([:])
    #expect(try document.append(Self.record("passed", .passed, age: 9_000)))
    #expect(try document.append(Self.record("failed", .failed, age: 8_000)))
    for number in 0..<LedgerDocument.drillsKept {
      #expect(try document.append(Self.record("c\(number)", .cancelled)))
    }
    let ids = document.lines.compactMap { $0.drill?.id }
    #expect(ids.count == LedgerDocument.drillsKept)
    #expect(ids.contains("passed") && ids.contains("failed") && !ids.contains("c0"))

    var large = LedgerDocument([:])
    let reason = String(repeating: "x", count: 60_000)
    for number in 0..<30 {
      _ = try large.append(Self.record("b\(number)", .failed, reason: reason))
    }
    #expect(large.data[LedgerDocument.drillsKey]?.utf8.count ?? 0 <= LedgerDocument.bytesKept)
    #expect(large.lines.last?.drill?.id == "b29")
  }

  private static func scrub(_ id: String, fault: String? = nil, padding: Int = 0) -> ScrubRecord {
    var record = ScrubRecord(
      id: id, startedAt: CloudNativePGStage.now, finishedAt: CloudNativePGStage.now,
      segmentSize: 16 << 20, newest: nil, bytes: 100,
      segments: [.init(first: "000000010000000000000003", count: 2, depth: .records)],
      user: String(repeating: "u", count: padding))
    record.faults =
      fault.map { object in
        let item = ScrubItem(
          subject: .segment(WALSegment(timeline: 1, number: 9)), object: object, bytes: 1,
          modifiedAt: nil)
        return [
          ScrubFault(
            item, segmentSize: 16 << 20, what: "a flipped byte", at: CloudNativePGStage.now)
        ]
      } ?? []
    return record
  }

  @Test(.timeLimit(.minutes(30)))
  func `what one console has read, another one knows`() async throws {
    let stage = try await OperationsStage()
    let one = ConfigMapScrubLedger(ledger: stage.operations().configMapLedger)
    let two = ConfigMapScrubLedger(ledger: stage.operations().configMapLedger)
    try await one.append(Self.scrub("a"))
    try await two.ledger.append(Self.record("drill"))
    #expect(try await two.ledger.store.read().document.scrubs.records == [Self.scrub("a")])
    try await two.append(Self.scrub("b", fault: "wals/9"))
    #expect(try await two.history().faults.map(\.object) == ["wals/9"])
    // One that is stopped still writes down what it has read.
    let stopped = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      try await one.append(Self.scrub("c"))
    }
    try await stopped.value
    #expect(try await one.ledger.store.read().document.scrubs.records.last?.id == "c")
    // A scrub stands in nobody's way but another scrub's.
    guard case .held(let lock) = try await one.lock(Self.holder(1, "a scrub")),
      case .busy = try await two.lock(Self.holder(2, "a scrub")),
      case .held(let drill) = try await two.ledger.lock(Self.holder(2))
    else {
      Issue.record("the locks are not two")
      return
    }
    await lock.release()
    await drill.release()
  }

  @Test func `old lines of scrubs go, but for damage that nobody has read anew`() throws {
    var lines = ScrubLines("")
    try lines.append(Self.scrub("damaged", fault: "wals/9"))
    for number in 0..<30 { try lines.append(Self.scrub("s\(number)", padding: 10_000)) }
    #expect(lines.text.utf8.count <= ScrubLines.bytesKept)
    let ids = lines.records.map(\.id)
    #expect(ids.first == "damaged" && !ids.contains("s0") && ids.last == "s29")
    #expect(ScrubLines(lines.text) == lines)
  }

  @Test func `entries of another version stay beside ours`() throws {
    var document = LedgerDocument(["later.json": "{}"])
    _ = try document.append(Self.record("a"))
    #expect(document.data["later.json"] == "{}")
  }

  @Test func `what a newer version wrote is kept and told`() throws {
    let line = #"{"schema_version":9,"id":"new"}"#
    var document = LedgerDocument([LedgerDocument.drillsKey: line + "\n"])
    _ = try document.append(Self.record("a"))
    #expect(document.data[LedgerDocument.drillsKey]?.hasPrefix(line) == true)
    #expect(document.contents(place: "p").notices.count == 1)
  }

  @Test func `all entries are written alike, and those of earlier versions are read`() throws {
    var document = LedgerDocument([:])
    var journal = DrillJournal(Self.record("a"))
    journal.enter(.restoring, elapsed: 3)
    journal.moved(7)
    document.running = journal
    document.lock = LedgerLock(
      holder: Self.holder(1), token: "t", renewedAt: CloudNativePGStage.now, lifetime: 60,
      tookOver: Self.holder(2))
    document.notes.note(
      DrillReadiness(checkedAt: CloudNativePGStage.now, obstacle: "no room", account: "a on b"))
    document.notes.looks.note(
      [WALSighting(at: CloudNativePGStage.now, lsn: LSN(9), nextTransaction: 8, timeline: 2)],
      of: "7", at: CloudNativePGStage.now)
    #expect(document.contents(place: "p").notes == document.notes)
    let data = document.data
    let lock = try #require(data[LedgerDocument.lockKey])
    #expect(lock.contains(#""renewed_at":"2026-08-21T"#) && lock.contains(#""took_over":{"#))
    let running = try #require(data[LedgerDocument.runningKey])
    #expect(running.contains(#""started_at":"2026-08-21T"#))
    #expect(LedgerDocument(data) == document)
    let encoder = JSONEncoder()
    let earlier = LedgerDocument([
      LedgerDocument.lockKey: String(decoding: try encoder.encode(document.lock), as: UTF8.self),
      LedgerDocument.runningKey: String(decoding: try encoder.encode(journal), as: UTF8.self),
    ])
    #expect(earlier.lock == document.lock && earlier.running == journal)
  }

  @Test(.timeLimit(.minutes(30)))
  func `the lock is one holder's until it is released`() async throws {
    let stage = try await OperationsStage()
    let (one, two) = (stage.operations().configMapLedger, stage.operations().configMapLedger)
    guard case .held(let lock) = try await one.lock(Self.holder(1)) else {
      Issue.record("not held")
      return
    }
    guard case .busy(let other) = try await two.lock(Self.holder(2)) else {
      Issue.record("held twice")
      return
    }
    #expect(other == Self.holder(1))
    await lock.release()
    await lock.release()
    guard case .held(let next) = try await two.lock(Self.holder(2)) else {
      Issue.record("not released")
      return
    }
    await next.release()
  }

  @Test(.timeLimit(.minutes(30)))
  func `a lock that nobody renews is taken over, and that is said`() async throws {
    let stage = try await OperationsStage()
    var limits = OperationsStage.limits
    limits.lockExpiry = -1
    let dead = stage.operations(limits: limits).configMapLedger
    guard case .held(let lock) = try await dead.lock(Self.holder(1)) else {
      Issue.record("not held")
      return
    }
    let ledger = stage.operations().configMapLedger
    guard case .held = try await ledger.lock(Self.holder(2)) else {
      Issue.record("not taken over")
      return
    }
    #expect(try await ledger.contents().notices.contains { $0.contains("taken over") })
    // Whoever lost it takes nothing away from its new holder.
    await lock.release()
    guard case .busy = try await dead.lock(Self.holder(3)) else {
      Issue.record("released by another")
      return
    }
  }

  @Test(.timeLimit(.minutes(30)))
  func `a lock whose ConfigMap somebody deleted is put back, and one that is lost is not`()
    async throws
  {
    let stage = try await OperationsStage()
    var limits = OperationsStage.limits
    limits.lockRenewal = 0.05
    let ledger = stage.operations(limits: limits).configMapLedger
    guard case .held(let lock) = try await ledger.lock(Self.holder(1)) else {
      Issue.record("not held")
      return
    }
    try await stage.client.delete(.configMaps, in: stage.drills, ledger.store.name)
    while try await ledger.store.read().document.lock == nil {
      try await Task.sleep(for: .milliseconds(20))
    }
    guard case .busy(let other) = try await ledger.lock(Self.holder(2)) else {
      Issue.record("held twice")
      return
    }
    #expect(other == Self.holder(1))
    await lock.release()
    #expect(try await ledger.store.read().document.lock == nil)
  }

  @Test(.timeLimit(.minutes(30)))
  func `where nothing can be shared, the lock is the process's own`() async throws {
    let stage = try await OperationsStage(
      user: User("nobody", roles: [.reader(namespaces: ["prod"])]))
    guard
      case .held(let lock) = try await stage.operations().configMapLedger.lock(
        Self.holder(1, "a base backup"))
    else {
      Issue.record("not held")
      return
    }
    await lock.release()
    await #expect(throws: RecoveryError.self) {
      try await stage.operations().configMapLedger.append(Self.record("a"))
    }
  }

  @Test func `a server's clock is read from its answers`() {
    #expect(
      HTTPDate.parse("Sun, 06 Nov 1994 08:49:37 GMT") == Date(timeIntervalSince1970: 784_111_777))
    #expect(HTTPDate.parse("yesterday") == nil)
  }
}

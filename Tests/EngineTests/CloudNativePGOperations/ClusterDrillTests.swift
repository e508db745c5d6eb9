import FoundationEssentials
import KubernetesStandIn
import RecoveryModel
import Synchronization
import Testing

@testable import CloudNativePG
@testable import DrillParts
@testable import Kubernetes

@Suite(.closingServers) struct ClusterDrillTests {
  @Test(.timeLimit(.minutes(30)), arguments: [false, true])
  func `a drill restores, proves and leaves nothing`(plugin: Bool) async throws {
    let stage = try await OperationsStage(plugin: plugin)
    let record = try await stage.drill { copy in
      let secret = try await stage.server.object(.secrets, stage.drills, "\(copy)-minio")
      #expect(secret?["data"]?.object?.keys.sorted() == ["ACCESS_KEY_ID", "ACCESS_SECRET_KEY"])
      let store = try await stage.server.object(BarmanObjectStore.resource, stage.drills, copy)
      #expect((store != nil) == plugin)
      try await stage.beginRecovery(copy)
      stage.sayRecovered(pod: "\(copy)-1-full-recovery-a")
      try await stage.finishRecovery(copy)
    }
    #expect(record.outcome == .passed, "\(record.reason ?? "")")
    #expect(record.backup == "pg-main-nightly-20260821030000")
    #expect(record.targetLSN == LSN(text: "0/9000000"))
    #expect(record.reachedLSN == LSN(text: "0/9000060"))
    #expect(record.reachedTime == CloudNativePGStage.date("2026-08-21T10:04:58.5Z"))
    #expect(record.restoredBytes == 7_340_032)
    #expect(record.replay?.segments == 2)
    #expect(record.measuredRTO ?? 0 > 0)
    #expect(record.tests.map(\.passed) == [true, true])
    #expect(record.tests.last?.rows == 42)
    #expect(
      record.phases.map(\.state)
        == [
          .preflight, .provisioning, .restoring, .replaying, .starting, .handingOver,
          .smokeTesting, .destroying,
        ])
    #expect(record.leftBehind == [])
    #expect(try await stage.leftovers == [])
    // Production has what it had.
    #expect(try await stage.server.names(CNPGCluster.resource, stage.namespace).count == 1)
    #expect(try await stage.server.names(CNPGBackup.resource, stage.namespace).count == 1)
  }

  @Test(.timeLimit(.minutes(30)))
  func `a plan makes nothing, and says what it would`() async throws {
    let stage = try await OperationsStage()
    let plan = try await stage.operations(kubectl: "/bin/sh").plan(
      .drill(backup: nil), report: EngineReport())
    #expect(plan.unmet == [])
    #expect(try await stage.leftovers == [])
    #expect(
      plan.steps.contains { $0.words.contains("0/9000000") && $0.words.contains("timeline 2") })
    #expect(
      plan.requirements.contains { $0.what.contains("cannot write") && $0.satisfied == true })
  }

  @Test(.onlyStandIn("it has no webhook of ours"), .timeLimit(.minutes(30)))
  func `a webhook that adds a backup section shows in the dry run`() async throws {
    let stage = try await OperationsStage()
    let drills = stage.drills
    stage.server.standIn?.mutate { plural, object in
      guard plural == "clusters", object[path: "metadata", "namespace"]?.string == drills else {
        return
      }
      object.set(["retentionPolicy": "30d"], at: "spec", "backup")
    }
    let plan = try await stage.operations(kubectl: "/bin/sh").plan(
      .drill(backup: nil), report: EngineReport())
    let unmet = try #require(plan.unmet.first)
    #expect(unmet.detail.contains("backup section") && unmet.detail.contains("webhook"))
  }

  @Test(.onlyStandIn("it has no webhook of ours"), .timeLimit(.minutes(30)))
  func `a webhook that waited for the real object is found out, and the copy deleted at once`()
    async throws
  {
    let stage = try await OperationsStage()
    let (drills, seen) = (stage.drills, Counter())
    stage.server.standIn?.mutate { plural, object in
      guard plural == "clusters", object[path: "metadata", "namespace"]?.string == drills else {
        return
      }
      seen.increment()
      // The plan's dry run, the preflight's, then the real one.
      guard seen.value > 2 else { return }
      object.set([["name": "x.example.com", "isWALArchiver": true]], at: "spec", "plugins")
    }
    let record = try await stage.drill { _ in Issue.record("it went on") }
    #expect(record.outcome == .couldNotRun)
    #expect(record.reason?.contains("deleted at once") == true)
    #expect(try await stage.leftovers == [])
  }

  @Test(.timeLimit(.minutes(30)), arguments: ["backup", "plugins", "externalClusters"])
  func `whoever lets the copy archive while it is restored ends the drill`(
    section: String
  )
    async throws
  {
    let stage = try await OperationsStage()
    let archiver: JSONValue = ["name": "x.example.com", "isWALArchiver": true]
    let sections: [String: JSONValue] = [
      "backup": ["retentionPolicy": "30d"], "plugins": [archiver],
      "externalClusters": [["name": "origin", "plugin": archiver]],
    ]
    let record = try await stage.drill { copy in
      try await stage.beginRecovery(copy)
      try await stage.server.change(CNPGCluster.resource, stage.drills, copy) {
        $0.set(sections[section], at: "spec", section)
      }
    }
    #expect(record.outcome == .couldNotRun)
    #expect(record.reason?.contains("somebody changed the copy") == true, "\(record.reason ?? "")")
    #expect(try await stage.leftovers == [])
  }

  @Test(.timeLimit(.minutes(30)))
  func `rights that are missing are printed together before anything is made`() async throws {
    let stage = try await OperationsStage(
      user: User("reader", roles: [.reader(namespaces: ["prod", "drills"])]))
    let plan = try await stage.operations(kubectl: "/bin/sh").plan(
      .drill(backup: nil), report: EngineReport())
    let words = plan.unmet.map(\.detail).joined(separator: " ")
    #expect(words.contains("resources: [secrets], resourceNames: [minio], verbs: [get]"))
    #expect(words.contains("resources: [clusters], verbs: [create, delete]"))
    #expect(
      words.contains(
        "manifest rbac --role drill -n \(stage.namespace) --cluster pg-main "
          + "--drill-namespace \(stage.drills) --secret minio prints"))
    let record = try await stage.drill { _ in Issue.record("it went on") }
    #expect(record.outcome == .couldNotRun && record.failedIn == .preflight)
    #expect(try await stage.leftovers == [])
  }

  @Test(.timeLimit(.minutes(30)))
  func `a namespace with a cluster that is no drill is not drilled in`() async throws {
    let stage = try await OperationsStage()
    try await stage.server.make([
      "apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster",
      "metadata": ["name": "other", "namespace": .string(stage.drills)],
      "spec": ["instances": 3, "storage": ["size": "1Gi"]],
    ])
    let record = try await stage.drill { _ in Issue.record("it went on") }
    #expect(record.outcome == .couldNotRun)
    #expect(record.reason?.contains("it holds other") == true)
    #expect(try await stage.server.object(CNPGCluster.resource, stage.drills, "other") != nil)
  }

  // MARK: What goes wrong

  @Test(.timeLimit(.minutes(30)))
  func `the second failed pod ends it, with the log's reason`() async throws {
    let stage = try await OperationsStage()
    let record = try await stage.drill { copy in
      let (one, two) = ("\(copy)-1-full-recovery-a", "\(copy)-1-full-recovery-b")
      try await stage.beginRecovery(copy)
      for pod in [one, two] {
        if pod == two { try await stage.makePod(two, of: copy) }
        stage.sayServer("LOG", "redo starts at 0/8000028", pod: pod)
        stage.sayServer(
          "LOG", "restored log file \"000000010000000000000008\" from archive", pod: pod)
        stage.sayServer("LOG", "redo done at 0/8FFFF00 system usage", pod: pod)
        stage.sayServer("FATAL", RecoveryLog.endedEarly, pod: pod)
        try await stage.endPod(pod, phase: "Failed", exitCode: 1)
      }
    }
    #expect(record.outcome == .failed && record.cause == .recovery)
    #expect(record.reason?.contains("before its target 0/9000000") == true)
    #expect(record.reason?.contains("000000010000000000000009") == true)
    #expect(record.reachedLSN == LSN(text: "0/8FFFF00"))
    #expect(record.leftBehind == [])
  }

  @Test(.timeLimit(.minutes(30)))
  func `an early promotion that looks healthy is a failure`() async throws {
    let stage = try await OperationsStage()
    stage.copy.withLock { $0.written = "0/8FFFF98" }
    let record = try await stage.drill { copy in
      try await stage.beginRecovery(copy)
      stage.sayRecovered(pod: "\(copy)-1-full-recovery-a", reached: "0/8FFFF00")
      try await stage.finishRecovery(copy)
    }
    #expect(record.outcome == .failed)
    #expect(record.reason?.contains("promoted early, at 0/8FFFF00") == true)
    #expect(try await stage.leftovers == [])
  }

  @Test(.timeLimit(.minutes(30)))
  func `an image that cannot be pulled is not the backup's fault`() async throws {
    let stage = try await OperationsStage()
    var limits = OperationsStage.limits
    limits.container = 0.2
    let record = try await stage.drill(stage.operations(kubectl: "/bin/sh", limits: limits)) {
      copy in
      try await stage.beginRecovery(
        copy,
        podStatus: [
          "phase": "Pending",
          "containerStatuses": [
            [
              "name": "full-recovery",
              "state": ["waiting": ["reason": "ImagePullBackOff", "message": "not found"]],
            ]
          ],
        ])
    }
    #expect(record.outcome == .couldNotRun)
    #expect(record.reason?.contains("ImagePullBackOff: not found") == true)
  }

  @Test(.timeLimit(.minutes(30)))
  func `a pod that no node takes is not waited for for ever`() async throws {
    let stage = try await OperationsStage()
    var limits = OperationsStage.limits
    limits.pending = 1
    let record = try await stage.drill(stage.operations(kubectl: "/bin/sh", limits: limits)) {
      copy in
      try await stage.beginRecovery(
        copy,
        podStatus: [
          "phase": "Pending",
          "conditions": [
            [
              "type": "PodScheduled", "status": "False",
              "message": "0/3 nodes are available: insufficient memory",
            ]
          ],
        ])
    }
    #expect(record.outcome == .couldNotRun)
    #expect(record.reason?.contains("insufficient memory") == true)
  }

  @Test(.timeLimit(.minutes(30)))
  func `an operator that does nothing is said to do nothing`() async throws {
    let stage = try await OperationsStage()
    var limits = OperationsStage.limits
    limits.reaction = 0.3
    let record = try await stage.drill(stage.operations(kubectl: "/bin/sh", limits: limits)) { _ in
    }
    #expect(record.outcome == .couldNotRun)
    #expect(record.reason?.contains("no recovery job") == true)
    #expect(try await stage.leftovers == [])
  }

  /// By the watch's own clock, whatever the machine's speed.
  @Test(.timeLimit(.minutes(30)))
  func `a drill that ends before anybody had to react says nothing of the backup`() async throws {
    let stage = try await OperationsStage()
    let plan = try await stage.operations(kubectl: "/bin/sh").plan(
      .drill(backup: nil), report: EngineReport())
    let patient = OperationsStage.limits
    #expect(patient.reaction > 6)
    var watch = CopyWatch(
      subject: try (plan.order?.as(ClusterDrillOrder.self)).orThrow().subject,
      limits: patient.hindrancesTold(within: 6))
    watch.see(.tick, at: 4.4)
    #expect(watch.end == nil)
    watch.see(.tick, at: 4.6)
    guard case .hindered(let words) = watch.end else {
      Issue.record("\(watch.end as Any)")
      return
    }
    #expect(words.contains("no recovery job"))
  }

  @Test(.timeLimit(.minutes(30)))
  func `the operator's own giving up is a failure`() async throws {
    let stage = try await OperationsStage()
    let record = try await stage.drill { copy in
      try await stage.beginRecovery(copy)
      stage.say(
        #"{"level":"error","msg":"Can't restore backup","error":"no backup found with ID 20260821T030004"}"#,
        pod: "\(copy)-1-full-recovery-a")
      try await stage.endPod("\(copy)-1-full-recovery-a", phase: "Failed", exitCode: 1)
      try await stage.server.change(CNPGCluster.resource, stage.drills, copy) {
        $0["status"] = [
          "phase": "Cluster is unrecoverable and needs manual intervention",
          "phaseReason": "Instance creation failed",
        ]
      }
    }
    #expect(record.outcome == .failed)
    #expect(record.reason?.contains("does not hold this base backup") == true)
  }

  @Test(.timeLimit(.minutes(30)))
  func `a failed smoke test fails the drill, and kubectl's absence stops it before`() async throws {
    let stage = try await OperationsStage()
    stage.copy.withLock { $0.count = "0" }
    let record = try await stage.drill { copy in
      try await stage.beginRecovery(copy)
      stage.sayRecovered(pod: "\(copy)-1-full-recovery-a")
      try await stage.finishRecovery(copy)
    }
    #expect(record.outcome == .failed && record.cause == .smokeTest)

    let without = try await stage.operations(kubectl: "/nowhere/kubectl").plan(
      .drill(backup: nil), report: EngineReport())
    #expect(without.unmet.contains { $0.what.contains("kubectl") })
  }

  @Test(.timeLimit(.minutes(30)))
  func `a cancelled drill settles only when nothing is left`() async throws {
    let stage = try await OperationsStage()
    let operations = stage.operations(kubectl: "/bin/sh")
    let plan = try await operations.plan(.drill(backup: nil), report: EngineReport())
    let (told, tell) = AsyncStream.makeStream(of: Void.self)
    let reader = Task {
      for try await event in operations.start(plan)
      where event.kind.isCopyMade {
        tell.finish()
      }
    }
    for await _ in told {}
    #expect(try await !stage.leftovers.isEmpty)
    reader.cancel()
    let record = await operations.settled(plan)
    _ = try? await reader.value
    #expect(record?.outcome ?? .cancelled == .cancelled)
    #expect(try await stage.leftovers == [])
  }

  // MARK: Leftovers

  private static func leave(
    _ stage: OperationsStage, id: String, expires: String, host: String = "elsewhere",
    process: Int32 = 4711, source: String = "pg-main"
  ) async throws {
    let metadata = { (name: String) -> JSONValue in
      [
        "name": .string(name), "namespace": .string(stage.drills),
        "labels": [
          OwnLabel.drill: .string(id), DrillLabel.owner: .string(DrillLabel.ownerValue),
        ],
        "annotations": [
          DrillLabel.source: .string("\(stage.namespace)/\(source)"),
          DrillLabel.expires: .string(expires), DrillLabel.host: .string(host),
          DrillLabel.process: .string("\(process)"),
        ],
      ]
    }
    try await stage.server.make([
      "apiVersion": "postgresql.cnpg.io/v1", "kind": "Cluster", "metadata": metadata("left-\(id)"),
      "spec": ["instances": 1, "storage": ["size": "1Gi"]],
    ])
    try await stage.server.make([
      "apiVersion": "v1", "kind": "Secret", "metadata": metadata("secret-\(id)"),
    ])
  }

  @Test(.timeLimit(.minutes(30)))
  func `what expired or lost its owner is removed and recorded, nothing else`() async throws {
    let stage = try await OperationsStage()
    try await Self.leave(stage, id: "expired", expires: "2026-08-21T10:00:00Z")
    try await Self.leave(stage, id: "orphan", expires: "2026-08-21T12:00:00Z", source: "other")
    try await Self.leave(stage, id: "alive", expires: "2026-08-21T12:00:00Z")
    try await stage.server.make([
      "apiVersion": "v1", "kind": "Secret",
      "metadata": [
        "name": "unmarked", "namespace": .string(stage.drills),
        "labels": [OwnLabel.drill: "expired"],
      ],
    ])
    let ledger = stage.operations().configMapLedger
    let holder = LockHolder(
      user: "u", host: "elsewhere", process: 4711, operation: "a verify drill",
      since: CloudNativePGStage.now)
    guard case .held(let lock) = try await ledger.lock(holder) else {
      Issue.record("not held")
      return
    }
    var limits = OperationsStage.limits
    limits.destruction = 0.2
    let reaped = try await stage.operations(limits: limits).reap()
    #expect(reaped.map(\.id) == ["expired", "orphan"])
    #expect(reaped.first?.record?.outcome == .couldNotRun)
    #expect(reaped.first?.record?.cause == .interrupted)
    // Nothing was written down of it, but its Cluster had been made.
    #expect(reaped.first?.record?.failedIn == .restoring)
    // Somebody gave it our label: it is not ours to remove, and it is not hidden either.
    #expect(reaped.first?.remaining == ["secrets \(stage.drills)/unmarked"])
    #expect(
      try await stage.server.names(.secrets, stage.drills) == ["secret-alive", "unmarked"])
    await lock.release()
    // The orphan's record went to its own cluster's ledger and to no other.
    var other = ledger.store
    other.cluster.name = "other"
    #expect(try await other.read().document.contents(place: "").drills == [reaped.last?.record])
    #expect(try await ledger.contents().drills.map(\.id) == ["expired"])
    #expect(try await stage.operations().reap().map(\.id) == ["alive"])
  }

  @Test(.timeLimit(.minutes(30)))
  func `a drill killed on this host is dead before its lock has run out`() async throws {
    let stage = try await OperationsStage()
    // No process has this number: it is above the kernel's limit (PID_MAX_LIMIT).
    let gone: Int32 = 1 << 23
    try await Self.leave(
      stage, id: "killed", expires: "2026-08-21T12:00:00Z", host: "host", process: gone)
    let holder = LockHolder(
      user: "u", host: "host", process: gone, operation: "a verify drill",
      since: CloudNativePGStage.now)
    guard case .held(let lock) = try await stage.operations().configMapLedger.lock(holder) else {
      Issue.record("not held")
      return
    }
    #expect(try await stage.operations().reap().map(\.id) == ["killed"])
    #expect(try await stage.leftovers == [])
    await lock.release()
  }

  @Test(.timeLimit(.minutes(30)))
  func `a namespace that may not be looked at is not called clean`() async throws {
    let stage = try await OperationsStage(
      user: User("stranger", roles: [.reader(namespaces: ["prod"])]))
    await #expect(throws: RecoveryError.self) { try await stage.operations().reap() }
  }

  @Test(.timeLimit(.minutes(30)))
  func `what a killed process of this host left is removed before its lock runs out`() async throws
  {
    let stage = try await OperationsStage()
    let operations = stage.operations()
    let (here, gone) = (operations.environment.host, Int32.max)
    let expires = "2026-08-21T12:00:00Z"
    try await Self.leave(stage, id: "killed", expires: expires, host: here, process: gone)
    try await Self.leave(stage, id: "other", expires: expires, source: "far")
    let (ledger, elsewhere) = (
      operations.configMapLedger,
      LedgerStore(
        client: stage.client, namespace: stage.drills,
        cluster: ObjectKey(namespace: stage.namespace, name: "far"), now: operations.environment.now
      )
    )
    for (store, host, process) in [
      (ledger.store, here, gone), (elsewhere, "elsewhere", Int32(4711)),
    ] {
      try await store.change { document, at in
        let holder = LockHolder(
          user: "u", host: host, process: process, operation: "a verify drill", since: at)
        document.lock = LedgerLock(holder: holder, token: "t", renewedAt: at, lifetime: 60)
        return true
      }
    }
    #expect(try await operations.reap().map(\.id) == ["killed"])
    let living = try await operations.living()
    #expect(living.map(\.id) == ["other"])
    #expect(living.first?.cluster == "\(stage.namespace)/far")
    #expect(living.first?.owner.hasSuffix("process 4711 on elsewhere") == true)
    #expect(living.first.map { Format.timestamp($0.expires) } == expires)
  }

  @Test(.timeLimit(.minutes(30)))
  func `a drill cancelled while it clears its way is cancelled and judges nothing`() async throws {
    let stage = try await OperationsStage()
    try await Self.leave(stage, id: "dead", expires: "2026-08-21T10:00:00Z")
    // Not ours to remove: the removal waits for it in vain.
    try await stage.server.make([
      "apiVersion": "v1", "kind": "Secret",
      "metadata": [
        "name": "stuck", "namespace": .string(stage.drills), "labels": [OwnLabel.drill: "dead"],
      ],
    ])
    var limits = OperationsStage.limits
    limits.farewell = 0.2
    let operations = stage.operations(kubectl: "/bin/sh", limits: limits)
    let plan = try await operations.plan(.drill(backup: nil), report: EngineReport())
    let reader = Task { for try await _ in operations.start(plan) {} }
    while try await stage.server.names(.secrets, stage.drills) != ["stuck"] {
      try await Task.sleep(for: .milliseconds(20))
    }
    // The removal would go on for an hour.
    reader.cancel()
    let record = try #require(await operations.settled(plan))
    #expect(record.outcome == .cancelled, "\(record.reason ?? "")")
    #expect(try await operations.configMapLedger.contents().drills == [])
  }

  @Test func `a Backup that does not exist is a wrong word, not a drill that could not run`()
    async throws
  {
    let facts = try CloudNativePGStage.facts()
    let failure = #expect(throws: RecoveryError.self) {
      try DrillChoice.make("nope", facts, lastArchived: nil)
    }
    #expect(failure?.code == .invalid)
  }

  @Test(.timeLimit(.minutes(30)))
  func `the rights that the manifests grant are those that a drill uses, no more, no less`()
    async throws
  {
    let roles = [
      Role(AccessRules.watch + AccessRules.drillSource(secrets: ["minio"]), in: ["prod"]),
      Role(AccessRules.drill + AccessRules.place + AccessRules.portForward, in: ["drills"]),
    ]
    let stage = try await OperationsStage(plugin: true, user: User("drill", roles: roles))
    let record = try await stage.drill { copy in
      try await stage.beginRecovery(copy)
      stage.sayRecovered(pod: "\(copy)-1-full-recovery-a")
      try await stage.finishRecovery(copy)
    }
    #expect(record.outcome == .passed, "\(record.reason ?? "")")
    // What was asked, only the stand-in tells; that it was allowed, every server has shown by now.
    guard let standIn = stage.server.standIn else { return }
    let used = Set(
      standIn.requests.filter {
        $0.namespace == stage.drills && $0.user.hasPrefix("drill-")
      }.map { "\($0.resource) \($0.verb)" })
    let granted = Set(
      AccessRight.of(AccessRules.drill + AccessRules.place, in: stage.drills)
        .map { "\($0.resource) \($0.verb)" })
    #expect(used.subtracting(granted) == [])
    // The watch over the ledgers is another user's here, and the image is named.
    let idle = granted.subtracting(used)
    #expect(
      idle.subtracting(["configmaps list", "configmaps watch", "imagecatalogs get"]) == [])
  }
}

extension OperationEvent.Kind {
  /// The copy's Cluster is there.
  fileprivate var isCopyMade: Bool {
    if case .log(let line) = self { line.hasPrefix("made Cluster ") } else { false }
  }
}

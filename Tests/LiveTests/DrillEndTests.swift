import FoundationEssentials
import Glibc
import RecoveryModel
import Testing

@testable import DrillParts
@testable import PgBackRest
@testable import Transports

/// Drills that are cancelled, killed or cramped, and what is left of them: nothing.
@Suite(.serialized, .enabled(if: DrillTools.areInstalled), .timeLimit(.minutes(30)))
struct DrillEndTests {
  @Test func `a drill cancelled in any state is recorded as cancelled and leaves nothing`()
    async throws
  {
    let sleepy = SmokeTest(
      name: "sleep", sql: "SELECT pg_sleep(60)", expectation: .equals(""), timeout: 90)
    try await DrillCluster.with { cluster in
      for state in [
        DrillState.preflight, .provisioning, .restoring, .replaying, .smokeTesting,
      ] {
        let operations = cluster.operations(tests: [sleepy], id: "c\(state.rawValue.lowercased())")
        let plan = try await operations.plan(.drill(backup: nil), report: cluster.report())
        let (entered, signal) = AsyncStream.makeStream(of: Void.self)
        let reader = Task {
          for try await event in operations.start(plan)
          where event.kind == .drillEntered(state) { signal.finish() }
        }
        for await _ in entered {}
        reader.cancel()
        let record = try #require(await operations.settled(plan))
        #expect(record.outcome == .cancelled, "\(state): \(record)")
        DrillTests.expectNothingLeft(cluster, record)
      }
    }
  }

  @Test func `a drill whose owner was killed in any state is reaped`() async throws {
    try await DrillCluster.with { cluster in
      let report = try await cluster.report()
      for state in [
        DrillState.provisioning, .restoring, .replaying, .smokeTesting, .destroying,
      ] {
        let dead = try await DeadDrill(cluster, report: report, state: state)
        let operations = cluster.operations()
        #expect(await operations.reap() == [], "a living owner's drill was touched")
        try await dead.killOwner()
        let reaped = await operations.reap()
        #expect(reaped.map(\.id) == [dead.id])
        #expect(reaped.first?.remaining == [])
        let record = try #require(reaped.first?.record)
        #expect(record.outcome == .couldNotRun)
        #expect(record.failedIn == state)
        #expect(record.cause == .interrupted)
        #expect(record.reason?.hasPrefix("interrupted in \(state.words)") == true)
        DrillTests.expectNothingLeft(cluster, record)
      }
    }
  }

  @Test func `what carries no mark of ours is never reaped`() async throws {
    try await DrillCluster.with(backup: false) { cluster in
      try DrillPlace.make(cluster.place, owner: DrillTools.account)
      let stranger = cluster.place + "/pgvigil-drill-stranger"
      try DrillPlace.make(stranger, owner: DrillTools.account)
      let linked = cluster.place + "/pgvigil-drill-linked"
      try DrillPlace.make(linked, owner: DrillTools.account)
      symlink(cluster.configuration, linked + "/" + DrillMark.fileName)
      symlink(cluster.directory + "/p", cluster.place + "/pgvigil-drill-data")
      #expect(await cluster.operations().reap() == [])
      #expect(
        FileText.names(in: cluster.place).sorted() == [
          "pgvigil-drill-data", "pgvigil-drill-linked", "pgvigil-drill-stranger",
        ])
    }
  }

  @Test(.enabled(if: geteuid() == 0, "needs root to mount a small file system"))
  func `a full disk under the drill is no proof against the backup and leaves nothing`()
    async throws
  {
    try await DrillCluster.withSmallPlace("24m") { cluster, small in
      var report = try await cluster.report()
      let roomy = cluster.operations(place: small)
      let refused = try await DrillTests.record(
        of: roomy.start(roomy.plan(.drill(backup: nil), report: report)))
      #expect(refused.outcome == .couldNotRun)
      #expect(refused.failedIn == .preflight)
      // A catalog that understates the size lets the drill begin, and the disk fill up.
      let catalog = try #require(report.backups.value)
      report.backups = .value(
        BackupCatalog(
          backups: catalog.backups.map {
            var backup = $0
            backup.databaseBytes = nil
            return backup
          }), source: "test", at: Date())
      let record = try await DrillTests.record(
        of: roomy.start(roomy.plan(.drill(backup: nil), report: report)))
      #expect(record.outcome == .couldNotRun, "\(record)")
      #expect(record.failedIn == .restoring)
      #expect(record.reason?.contains("No space left") == true, "\(record.reason ?? "")")
      #expect(record.leftBehind == [])
      #expect(FileText.names(in: small) == [])
    }
  }
}

/// A drill whose owner is a process of ours that can be killed: the state of a real one at that point.
private struct DeadDrill {
  let id: String
  private let directory: DrillDirectory
  private let owner: Task<Void, any Error>
  private let pid: Int32
  private var server: ServerWatch?

  init(_ cluster: DrillCluster, report: EngineReport, state: DrillState) async throws {
    id = "dead\(state.rawValue.lowercased())"
    let site = cluster.site
    if !FileText.exists(cluster.place) {
      try DrillPlace.make(cluster.place, owner: site.owner)
    }
    directory = DrillDirectory(place: cluster.place, id: id)
    try DrillPlace.make(directory.path, owner: site.owner)
    try DrillPlace.make(directory.socketDirectory, owner: site.owner)
    for (name, text) in [("pg_hba.conf", "local all all trust\n"), ("pg_ident.conf", "")] {
      try text.write(to: directory.path + "/" + name)
    }
    mkfifo(directory.guardPipe, 0o600)
    lchown(directory.guardPipe, site.owner.user, site.owner.group)
    (owner, pid) = try await Self.startOwner(holding: directory.guardPipe)
    let plan = try await cluster.operations(id: id).plan(.drill(backup: nil), report: report)
    let order = try #require((plan.order?.as(DrillOrder.self)))
    Self.mark(id: id, owner: pid, state: state, directory: directory)
    guard state != .provisioning else { return }
    let restore = RestoreCommand(
      label: order.label, target: order.target, timeline: order.timeline, repository: 1,
      directory: directory)
    let status = try await cluster.runner.follow(
      site.request(restore.arguments, environment: restore.environment, deadline: 60)
    ) { _ in }
    #expect(status == 0)
    guard state != .restoring else { return }
    let copy = CopyServer(
      programs: DrillTools.programs, major: 15, directory: directory, id: id, sharedBuffers: nil)
    let watch = ServerWatch(
      cluster.runner.stream(
        copy.request(
          .own, minima: [:],
          environment: site.variables(
            RestoreCommand.environment(directory: directory, console: "warn")),
          account: site.account, deadline: 120)))
    var log = RecoveryLog()
    for await news in watch.news {
      if case .line(let text) = news { log.read(text) }
      if state == .replaying ? log.redoStart != nil : log.isReady { break }
    }
    server = watch
    #expect(CopyServer.postmaster(of: directory) != nil)
  }

  /// Kills the owner with -9; a server that hung on its pipe goes by itself.
  func killOwner() async throws {
    kill(pid, SIGKILL)
    _ = try? await owner.value
    for _ in 0..<50_000 where CopyServer.postmaster(of: directory) != nil {
      try await Task.sleep(for: .milliseconds(10))
    }
    #expect(CopyServer.postmaster(of: directory) == nil, "the copy outlived its owner")
  }

  private static func startOwner(
    holding pipe: String
  ) async throws -> (Task<Void, any Error>, Int32) {
    let (pids, told) = AsyncStream.makeStream(of: Int32.self)
    let task = Task {
      let request = ProcessRequest(
        "/bin/sh", ["-c", "exec 3<>\"$1\"; echo $$; exec sleep 600", "owner", pipe], deadline: 600)
      for try await event in ProcessRunner.live.stream(request) {
        if case .outputLine(let text) = event, let pid = Int32(text) { told.yield(pid) }
      }
      told.finish()
    }
    for await pid in pids { return (task, pid) }
    throw RecoveryError(.failed, "the stand-in owner did not start")
  }

  private static func mark(
    id: String, owner: Int32, state: DrillState, directory: DrillDirectory
  ) {
    let now = Date()
    var journal = DrillJournal(
      DrillRecord(
        id: id, cluster: "demo", engine: "pgbackrest", startedAt: now, finishedAt: now,
        outcome: .couldNotRun, host: "here", user: "tester", version: "test"))
    journal.enter(state, elapsed: 0)
    let mark = DrillMark(
      mark: DrillMark.word, id: id, cluster: "demo", ownerPID: owner,
      ownerStart: DrillProcesses.start(of: owner) ?? 0, host: "here", user: "tester", created: now,
      expires: now.addingTimeInterval(3600), socketDirectory: directory.socketDirectory,
      journal: journal)
    mark.write(in: directory.path)
  }
}

extension String {
  fileprivate func write(to path: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT, 0o644)
    let bytes = Array(utf8)
    guard descriptor >= 0, Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
      throw RecoveryError(.failed, "cannot write \(path)")
    }
    fchmod(descriptor, 0o644)
    close(descriptor)
  }
}

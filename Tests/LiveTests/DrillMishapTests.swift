import Foundation
import Glibc
import RecoveryModel
import Testing

@testable import DrillParts
@testable import PgBackRest
@testable import Transports

/// Drills that this machine lets down, on real servers: nothing is proven of the backup, and nothing is left.
@Suite(.serialized, .enabled(if: DrillTools.areInstalled), .timeLimit(.minutes(30)))
struct DrillMishapTests {
  /// Does `act` once, with the group's leader, when a program that `matches` has said a line with `mark` in it.
  private static func acting(
    on matches: @escaping @Sendable (ProcessRequest) -> Bool, at mark: String,
    _ act: @escaping @Sendable (Int32) -> Void
  ) -> ProcessRunner {
    ProcessRunner(
      run: { try await ProcessRunner.live.run($0) },
      stream: { request in
        let events = ProcessRunner.live.stream(request)
        guard matches(request) else { return events }
        return AsyncThrowingStream { continuation in
          let task = Task {
            var leader: Int32?
            do {
              for try await event in events {
                if case .started(let pid) = event { leader = pid }
                let line: String =
                  switch event {
                  case .outputLine(let text), .errorLine(let text): text
                  default: ""
                  }
                if line.contains(mark), let pid = leader {
                  act(pid)
                  leader = nil
                }
                continuation.yield(event)
              }
              continuation.finish()
            } catch { continuation.finish(throwing: error) }
          }
          continuation.onTermination = { _ in task.cancel() }
        }
      })
  }

  private static func isRestore(_ request: ProcessRequest) -> Bool {
    request.arguments.last == "restore"
  }

  private static func isServer(_ request: ProcessRequest) -> Bool {
    request.arguments.contains("pgvigil-drill")
  }

  private static func copy(_ cluster: DrillCluster) -> DrillDirectory {
    DrillDirectory(place: cluster.place, id: "abc")
  }

  @Test("a restore that is killed could not run", arguments: [SIGKILL, SIGTERM])
  func killedRestore(signal: Int32) async throws {
    try await DrillCluster.with { cluster in
      let processes = Self.acting(on: Self.isRestore, at: "restore command begin") {
        kill(-$0, signal)
      }
      let record = try await DrillTests.drill(cluster.operations(processes: processes), cluster)
      #expect(record.outcome == .couldNotRun, "\(record)")
      #expect(record.failedIn == .restoring)
      DrillTests.expectNothingLeft(cluster, record)
    }
  }

  @Test func `a copy whose postmaster is killed in replay could not run`() async throws {
    try await DrillCluster.with { cluster in
      let directory = Self.copy(cluster)
      let processes = Self.acting(on: Self.isServer, at: "redo starts") { _ in
        if let pid = CopyServer.postmaster(of: directory) { kill(pid, SIGKILL) }
      }
      let record = try await DrillTests.drill(cluster.operations(processes: processes), cluster)
      #expect(record.outcome == .couldNotRun, "\(record)")
      #expect(record.reason?.contains("SIGKILL") == true, "\(record.reason ?? "")")
      DrillTests.expectNothingLeft(cluster, record)
    }
  }

  @Test func `a copy whose postmaster is killed under its tests is restored and not tested`()
    async throws
  {
    try await DrillCluster.with { cluster in
      let tests = [
        SmokeTest(name: "sleep", sql: "SELECT pg_sleep(90)", expectation: .equals(""), timeout: 99),
        SmokeTest(name: "rows", sql: "SELECT count(*) FROM t", expectation: .atLeast(1)),
      ]
      let operations = cluster.operations(tests: tests)
      let directory = Self.copy(cluster)
      let plan = try await operations.plan(.drill(backup: nil), report: cluster.report())
      var record: DrillRecord?
      for try await event in operations.start(plan) {
        if event.kind == .drillEntered(.smokeTesting) {
          let pid = try #require(CopyServer.postmaster(of: directory))
          kill(pid, SIGKILL)
        }
        if case .drillFinished(let last) = event.kind { record = last }
      }
      let ended = try #require(record)
      #expect(ended.outcome == .notTested, "\(ended)")
      #expect(ended.tests.map(\.passed) == [nil, nil], "\(ended.tests)")
      DrillTests.expectNothingLeft(cluster, ended)
    }
  }

  @Test func `settings that PostgreSQL refuses and tests that nobody can ask prove nothing`()
    async throws
  {
    try await DrillCluster.with { cluster in
      let huge = try await DrillTests.drill(
        cluster.operations(sharedBuffers: "99999TB"), cluster)
      #expect(huge.outcome == .couldNotRun, "\(huge)")
      #expect(huge.reason?.contains("drill.shared_buffers is 99999TB") == true, "\(huge)")
      DrillTests.expectNothingLeft(cluster, huge)
      let tests = [
        SmokeTest(name: "two", sql: "SELECT 1; SELECT 2", expectation: .atLeast(1)),
        SmokeTest(name: "rows", sql: "SELECT count(*) FROM t", expectation: .atLeast(1)),
      ]
      let place = cluster.place.replacing("/pgvigil-drills", with: "//pgvigil-drills/")
      let record = try await DrillTests.drill(
        cluster.operations(place: place, tests: tests), cluster)
      #expect(record.outcome == .notTested, "\(record)")
      #expect(record.tests.map(\.passed) == [nil, true], "\(record.tests)")
      DrillTests.expectNothingLeft(cluster, record)
    }
  }

  @Test(.enabled(if: geteuid() == 0, "needs root to mount a small file system"))
  func `a place that fills up in replay could not run`() async throws {
    try await DrillCluster.withSmallPlace("300m") { cluster, small in
      // As much is left as two segments take.
      let processes = Self.acting(on: Self.isRestore, at: "restore command end: completed") { _ in
        let file = open(small + "/filler", O_CREAT | O_WRONLY, 0o600)
        let block = [UInt8](repeating: 1, count: 1 << 16)
        var written = 0
        while write(file, block, block.count) == block.count { written += block.count }
        ftruncate(file, written - (2 << 20))
        close(file)
      }
      let record = try await DrillTests.drill(
        cluster.operations(place: small, processes: processes), cluster)
      #expect(record.outcome == .couldNotRun, "\(record)")
      #expect(record.failedIn == .replaying)
      #expect(record.reason?.contains("full") == true, "\(record.reason ?? "")")
      #expect(record.leftBehind == [])
    }
  }

  @Test func `a drill whose restore is stopped is over at once when it is cancelled`() async throws
  {
    try await DrillCluster.with { cluster in
      let (stops, stopped) = AsyncStream.makeStream(of: Void.self)
      let processes = Self.acting(on: Self.isRestore, at: "restore command begin") {
        kill(-$0, SIGSTOP)
        stopped.finish()
      }
      let operations = cluster.operations(processes: processes)
      let plan = try await operations.plan(.drill(backup: nil), report: cluster.report())
      let reader = Task { for try await _ in operations.start(plan) {} }
      for await _ in stops {}
      let began = ContinuousClock.now
      reader.cancel()
      let record = try #require(await operations.settled(plan))
      let seconds = (ContinuousClock.now - began).components.seconds
      #expect(record.outcome == .cancelled)
      #expect(seconds < 5, "\(seconds) s")
      DrillTests.expectNothingLeft(cluster, record)
    }
  }
}

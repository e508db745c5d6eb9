import FoundationEssentials
import RecoveryModel
import Synchronization
import Testing

@testable import CloudNativePG
@testable import Kubernetes
@testable import Transports

private typealias Stage = CloudNativePGStage

/// A node that is busy answers late, and is no reason to refuse a drill.
@Suite(.closingServers) struct DrillPatienceTests {
  /// Answers whoever waits for at least so many seconds.
  private func proxy(
    answeringAfter seconds: Double, deadline: Double? = nil
  ) throws -> InstanceProxy {
    let status = Array(try Fixture.text("cloudnativepg/pg-status-primary").utf8)
    let client = FakeServer().kubernetes(
      http: HTTPClient { request in
        AsyncThrowingStream { continuation in
          guard request.deadline ?? 0 >= seconds else {
            return continuation.finish(throwing: RecoveryError(.timedOut, "no answer in time"))
          }
          continuation.yield(.head(status: 200, headers: [:]))
          continuation.yield(.chunk(status))
          continuation.finish()
        }
      })
    let (gate, now) = (RequestGate(limit: 4), { @Sendable in Stage.now })
    guard let deadline else {
      return InstanceProxy(client: client, gate: gate, namespace: "prod", now: now)
    }
    return InstanceProxy(
      client: client, gate: gate, namespace: "prod", now: now, deadline: deadline)
  }

  @Test func `an instance has the time that it is given`() async throws {
    let primary = InstanceAddress.all(try Stage.facts()).filter { $0.name == "pg-main-1" }
    let hasty = try proxy(answeringAfter: 8)
    let nothing = await hasty.statuses(of: primary)
    #expect(nothing["pg-main-1"]?.failure?.reason == "pg-main-1: did not answer within 3 s")
    #expect(hasty.isSilent(nothing))
    let patient = try proxy(answeringAfter: 8, deadline: 20)
    let answer = await patient.statuses(of: primary)
    #expect(answer["pg-main-1"]?.value?.lastArchivedWAL == "000000020000000000000009")
    #expect(!patient.isSilent(answer))
    let stillSilent = try proxy(answeringAfter: 60, deadline: 20)
    let late = await stillSilent.statuses(of: primary)
    #expect(late["pg-main-1"]?.failure?.reason == "pg-main-1: did not answer within 20 s")
    #expect(stillSilent.isSilent(late))
  }

  /// Seconds that each new look at a silent primary had, and the plan that came of it.
  private func planned(
    answeringAfter seconds: Double?
  ) async throws -> (asked: [Double], plan: OperationPlan?, error: RecoveryError?) {
    let stage = try await OperationsStage()
    let answered = stage.facts
    let asked = Mutex<[Double]>([])
    if let seconds {
      stage.change { $0.silencePrimary() }
      stage.news.withLock {
        $0 = { patience in
          asked.withLock { $0.append(patience) }
          return patience >= seconds ? answered : nil
        }
      }
    }
    let operations = stage.operations(kubectl: "/bin/sh")
    do {
      let plan = try await operations.plan(.drill(backup: nil), report: EngineReport())
      return (asked.withLock { $0 }, plan, nil)
    } catch {
      return (asked.withLock { $0 }, nil, error as? RecoveryError)
    }
  }

  @Test(.timeLimit(.minutes(30)))
  func `a primary that was silent is asked again, and with more patience`() async throws {
    let quick = try await planned(answeringAfter: nil)
    #expect(quick.asked == [] && quick.plan != nil)
    let lost = try await planned(answeringAfter: 0)
    #expect(lost.asked == [3] && lost.plan != nil)
    let busy = try await planned(answeringAfter: 12)
    #expect(busy.asked == [3, 20])
    #expect(busy.plan?.steps.contains { $0.words.contains("0/9000000") } == true)
    let dead = try await planned(answeringAfter: 600)
    #expect(dead.asked == [3, 20])
    #expect(dead.error?.code == .refused && dead.error?.message.contains("no target") == true)
  }
}

import FoundationEssentials
import RecoveryModel
import Testing

@testable import CloudNativePG
@testable import Kubernetes
@testable import Transports

/// What becomes of kubectl's words, and what it is run with.
@Suite("Port forward", .closingServers) struct PortForwardTests {
  private func open(_ events: [ProcessEvent], deadline: Double = 3600) async throws -> PortForward {
    let stage = try await OperationsStage()
    return try await PortForward.open(
      to: stage.site.forwardTarget(pod: "copy-1", namespace: "drills"), kubectl: "kubectl",
      processes: ProcessRunner(
        run: { throw RecoveryError(.unreachable, "\($0.executable) is not to be run") },
        stream: { _ in
          AsyncThrowingStream { continuation in
            for event in events { continuation.yield(event) }
            if case .exited? = events.last { continuation.finish() }
          }
        }), deadline: deadline, lifetime: 100)
  }

  private func failure(_ events: [ProcessEvent], deadline: Double = 3600) async -> String {
    do {
      _ = try await open(events, deadline: deadline)
      return "opened"
    } catch { return "\(error)" }
  }

  @Test(.timeLimit(.minutes(30))) func opensWithThePortThatKubectlTook() async throws {
    let forward = try await open([
      .errorLine("a warning"), .outputLine("Forwarding from 127.0.0.1:41234 -> 5432"),
    ])
    #expect(forward.port == "41234")
    #expect(await forward.end(within: 0) == nil)
    await forward.end()
  }

  @Test(.timeLimit(.minutes(30))) func eachEndSaysWhatToTry() async throws {
    let forbidden = await failure([
      .errorLine("error: error upgrading connection: pods \"copy-1\" is forbidden: User x"),
      .exited(status: 1),
    ])
    #expect(forbidden.contains("is forbidden: User x"))
    #expect(forbidden.contains("pods/portforward in drills"))
    #expect(await failure([.exited(status: 137)]).contains("killed (signal 9)"))
    let lost = await failure([.errorLine("error: lost connection to pod"), .exited(status: 1)])
    #expect(lost.contains("drill again"))
    let unknown = await failure([.errorLine("error: what?"), .exited(status: 1)])
    #expect(unknown.contains("error: what?"))
    #expect(unknown.contains("kubectl --context ") && unknown.contains(" -n drills get pods"))
    #expect(await failure([], deadline: 0.05).contains("opened no port within"))
  }

  @Test(.timeLimit(.minutes(30))) func aRefusalByThePodIsNotTheForwardsOwnEnd() async throws {
    let forward = try await open([
      .outputLine("Forwarding from 127.0.0.1:41234 -> 5432"),
      .errorLine("E1125 an error occurred forwarding 41234 -> 5432: connection refused"),
      .errorLine("error: lost connection to pod"), .exited(status: 1),
    ])
    let end = try #require(await forward.end(within: 3600))
    #expect(end.isRefusedByPod)
    #expect(end.error.message.contains("41234 -> 5432: connection refused"))
  }

  @Test(.timeLimit(.minutes(30))) func aConnectionThatBreaksIsTheForwardsOwnEnd() async throws {
    let forward = try await open([
      .outputLine("Forwarding from 127.0.0.1:41234 -> 5432"),
      .errorLine(
        "E1125 an error occurred forwarding 41234 -> 5432: error forwarding port 5432 to pod db64, "
          + "uid : failed to execute portforward in network namespace \"/var/run/netns/cni-1\": "
          + "read tcp4 127.0.0.1:40930->127.0.0.1:5432: read: connection reset by peer"),
      .errorLine("error: lost connection to pod"), .exited(status: 1),
    ])
    let end = try #require(await forward.end(within: 20))
    #expect(!end.isRefusedByPod)
    #expect(forward.breakage?.contains("reset by peer") == true)
    #expect(end.error.remedy.contains("says nothing of the copy"))
  }

  @Test func kubectlFindsWhatWeFound() async throws {
    var site = try await OperationsStage().site
    func request() -> ProcessRequest {
      PortForward.request(
        to: site.forwardTarget(pod: "copy-1", namespace: "drills"), kubectl: "kubectl",
        lifetime: 1)
    }
    #expect(request().environment == [:])
    #expect(request().inheritsEnvironment)
    #expect(request().directory == FileManager.default.currentDirectoryPath)
    site.kubeconfig = "some/file"
    #expect(request().environment == ["KUBECONFIG": "some/file"])
  }
}

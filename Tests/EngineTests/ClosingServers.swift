import KubernetesStandIn
import Testing

/// Closes the servers that a test opened, however it ends.
struct ClosingServers: SuiteTrait, TestTrait, TestScoping {
  var isRecursive: Bool { true }

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    let opened = OpenedServers()
    let result: Result<Void, any Error>
    do {
      result = .success(try await TestServer.$opened.withValue(opened) { try await function() })
    } catch {
      result = .failure(error)
    }
    await opened.closeAll()
    try result.get()
  }
}

extension Trait where Self == ClosingServers {
  static var closingServers: ClosingServers { ClosingServers() }
}

extension Trait where Self == ConditionTrait {
  /// For what no client can bring about on a real server: a webhook of ours, a fault on the wire, a port forward.
  static func onlyStandIn(_ reason: String) -> ConditionTrait {
    .enabled(if: !TestServer.isReal, "not run on a real server: \(reason)")
  }
}

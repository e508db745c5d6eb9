import FoundationEssentials
import RecoveryModel
import RecoveryService

/// The demo without a screen: the gap, a base backup, a drill, the verdict.
struct DemoStory: Sendable {
  var session: SandboxLifecycle
  var rate: Double?

  private var context: CommandContext { session.context }

  /// Plays it and takes the sandbox down, whatever happened. Good only when it ended PROVEN with nothing left.
  func play() async throws -> ExitStatus {
    let output = context.output
    let result: Result<[DemoReport.Step], any Error>
    do {
      let steps = try await SignalWatch.cancelling(
        context.signals, onSignal: { output.diagnostic("interrupted") },
        body: { () async throws -> [DemoReport.Step] in try await self.steps() })
      result = .success(steps)
    } catch let error as AlreadyRunning {
      throw error.explanation
    } catch {
      result = .failure(error)
    }
    // Why the story broke off explains more than why its remains could not be removed.
    let remains: [String]
    switch result {
    case .success: remains = try await session.down()
    case .failure(let error):
      let left = (try? await session.downAfterFailure()) ?? []
      for line in left { output.diagnostic("left behind: " + Sanitizer.clean(line)) }
      throw error
    }
    let report = DemoReport(steps: try result.get(), leftBehind: remains)
    try output.emit(report)
    return report.steps.last?.verdict == .proven && remains.isEmpty ? .good : .bad
  }

  private func steps() async throws -> [DemoReport.Step] {
    var steps: [DemoReport.Step] = []
    let state = try await timed("gap", &steps) {
      let state = try await session.upForDemo(rate: rate)
      let fleet = try await context.openFleet(
        FleetRequest(configuration: state.configuration), nil)
      return (fleet, state.configuration)
    }
    let (fleet, configuration) = state
    guard let name = try await fleet.clusters([]).first?.name else {
      throw RecoveryError(.failed, "the sandbox's configuration declares no cluster")
    }
    try await perform("backup", .backup(.full), name, fleet, configuration, &steps)
    try await perform("drill", .drill(backup: nil), name, fleet, configuration, &steps)
    _ = try await timed("final", &steps) { (fleet, configuration) }
    return steps
  }

  /// One operation as a step; its failure ends the story.
  private func perform(
    _ step: String, _ request: OperationRequest, _ cluster: String, _ fleet: FleetAccess,
    _ configuration: String?, _ steps: inout [DemoReport.Step]
  ) async throws {
    let run = OperationRun(
      context: context, fleet: FleetRequest(configuration: configuration), request: request)
    _ = try await timed(step, &steps) {
      let outcome = try await run.perform(cluster: cluster, in: fleet)
      guard outcome.status == .done else {
        throw RecoveryError(
          outcome.status == .cancelled ? .cancelled : .failed, "\(step): \(outcome.summary)")
      }
      return (fleet, configuration)
    }
  }

  /// Runs a step, looks at the cluster afterwards and says how long it all took.
  private func timed(
    _ name: String, _ steps: inout [DemoReport.Step],
    _ body: () async throws -> (FleetAccess, String?)
  ) async throws -> (FleetAccess, String?) {
    let beginning = context.now()
    let result = try await body()
    try Task.checkCancellation()
    let snapshot = await result.0.refresh(nil)
    guard let cluster = snapshot.clusters.first else {
      throw RecoveryError(.failed, "the sandbox's cluster cannot be seen")
    }
    let seconds = context.now().timeIntervalSince(beginning)
    context.output.diagnostic(
      "\(name): \(cluster.verdict.rawValue) after \(Format.duration(seconds))")
    steps.append(DemoReport.Step(name: name, seconds: seconds, cluster: cluster))
    return result
  }
}

/// What the unattended demo answers.
struct DemoReport: Report {
  struct Step: Encodable {
    var name: String
    var verdict: Verdict
    var seconds: Double
    var status: ClusterStatus
    /// For the text alone.
    private var snapshot: ClusterSnapshot

    private enum CodingKeys: String, CodingKey { case name, verdict, seconds, status }

    init(name: String, seconds: Double, cluster: ClusterSnapshot) {
      self.name = name
      verdict = cluster.verdict
      self.seconds = seconds
      status = ClusterStatus(snapshot: cluster)
      snapshot = cluster
    }

    func text(_ style: TextStyle) -> String {
      "== \(name), \(Format.duration(seconds))\n" + StatusText(cluster: snapshot, style: style).text
    }
  }

  var schemaVersion = CommandLineUI.schemaVersion
  var steps: [Step]
  var leftBehind: [String]

  func text(_ style: TextStyle) -> String {
    let parts = steps.map { $0.text(style) }
    return (parts + [TeardownReport(leftBehind: leftBehind).text(style)])
      .joined(separator: "\n\n")
  }
}

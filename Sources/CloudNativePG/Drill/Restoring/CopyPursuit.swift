import DrillParts
import Kubernetes
import RecoveryModel

/// A copy that is being restored, followed until it is ready or never will be: its Cluster, its jobs, its pods and their
/// logs.
struct CopyPursuit {
  enum Step {
    /// A line of a log.
    case heard(String)
    case told(String)
    case entered(DrillState)
  }

  var client: KubernetesClient
  var subject: CopySubject
  /// How often it is looked at, and how long what hinders it is waited for.
  var limits: OperationLimits
  var patience: OperationLimits

  /// Watches, lets `begin` make the copy, and reports each step to `tell`, which answers the furthest state that the logs
  /// tell of. nil = its task was cancelled. Throws what `begin` throws.
  func end(
    isolation: isolated (any Actor)? = #isolation, begin: () async throws -> Void = {},
    tell: (Step) -> DrillState?
  ) async throws -> CopyWatch.End? {
    let clock = ContinuousClock()
    let line = NewsLine(
      CopyFollower(client: client, subject: subject, limits: limits).sources)
    var watch = CopyWatch(subject: subject, limits: patience)
    let logs = PodLogStreams(client: client, namespace: subject.namespace) {
      line.tell(CopyNews($0))
    }
    defer {
      line.end()
      logs.end()
    }
    try await begin()
    let begun = clock.now
    var heard: DrillState?
    for await news in line.news {
      if Task.isCancelled { break }
      if case .line(_, let text) = news { heard = tell(.heard(text)) }
      watch.see(news, at: (clock.now - begun).secondsTaken)
      for step in watch.takeSteps() { _ = tell(.told(step)) }
      logs.follow(watch.loggingPods, containers: subject.containers)
      if watch.hasRunningPod { _ = tell(.entered(.restoring)) }
      if let heard { _ = tell(.entered(heard)) }
      if watch.isJobDone { _ = tell(.entered(.handingOver)) }
      if let end = watch.end, watch.isFinal { return end }
    }
    return nil
  }
}

import DrillParts
import FoundationEssentials
import Kubernetes
import RecoveryModel

/// Follows the recovery that makes a cluster, by the log of its job.
extension ClusterObservatory {
  /// Seconds that a refusal of the logs is taken as lasting.
  private static let refusal = 300.0

  func addRecovery(_ facts: inout CloudNativePGFacts) {
    guard facts.cluster.spec.bootstrap?.recovery != nil, facts.bootstrap != nil else { return }
    facts.recoveryReading = recoveryReading
    facts.recoveryOrigin = facts.archiveSource(context: context.name)
      .flatMap(archives.reach.archiver(at:))
  }

  func answers(
    to questions: [LogQuestion], _ log: PodLog
  ) async -> [(LogQuestion, FailureLogs.Answer)] {
    let gate = context.gate
    return await withTaskGroup(of: (LogQuestion, FailureLogs.Answer).self) { group in
      for question in questions {
        group.addTask { (question, await gate.pass { await FailureLogs.ask(question, log) }) }
      }
      var answers: [(LogQuestion, FailureLogs.Answer)] = []
      for await answer in group { answers.append(answer) }
      return answers
    }
  }

  /// Reads on in the log of the try that runs.
  func follow(
    _ pod: String, _ containers: [String], _ log: PodLog, after known: RecoveryReading?
  ) async -> RecoveryReading {
    let isFirst = known?.pod != pod
    var reading = isFirst ? RecoveryReading(pod: pod) : known ?? RecoveryReading(pod: pod)
    for container in containers {
      var parts = [
        PodLog.Part(
          pod: pod, container: container, since: reading.last[container],
          lines: RecoveryReading.lines, bytes: 8 * RecoveryReading.bytes)
      ]
      if isFirst {
        parts.insert(
          PodLog.Part(pod: pod, container: container, bytes: RecoveryReading.bytes), at: 0)
      }
      for part in parts {
        let answer = await context.gate.pass { await Self.lines(part, log) }
        switch answer {
        case .success(let lines): reading.take(lines, of: container, at: now())
        case .failure(let error):
          if error.code == .denied { followRefusedUntil = now().addingTimeInterval(Self.refusal) }
        }
      }
    }
    return reading
  }

  private static func lines(
    _ part: PodLog.Part, _ log: PodLog
  ) async -> Result<[String], RecoveryError> {
    do { return .success(try await log.lines(part)) } catch {
      return .failure(error as? RecoveryError ?? RecoveryError(.failed, "\(error)"))
    }
  }
}

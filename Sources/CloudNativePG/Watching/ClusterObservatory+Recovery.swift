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

  /// Reads on in the log of the try that runs.
  func follow(_ pod: String, _ containers: [String], _ log: PodLog) async {
    var reading = recoveryReading?.pod == pod ? recoveryReading : nil
    let isFirst = reading == nil
    reading = reading ?? RecoveryReading(pod: pod)
    for container in containers {
      var parts = [
        PodLog.Part(
          pod: pod, container: container, since: reading?.last[container],
          lines: RecoveryReading.lines, bytes: 8 * RecoveryReading.bytes)
      ]
      if isFirst {
        parts.insert(
          PodLog.Part(pod: pod, container: container, bytes: RecoveryReading.bytes), at: 0)
      }
      for part in parts {
        let answer = await context.gate.pass { await Self.lines(part, log) }
        switch answer {
        case .success(let lines): reading?.take(lines, of: container, at: now())
        case .failure(let error):
          if error.code == .denied { followRefusedUntil = now().addingTimeInterval(Self.refusal) }
        }
      }
    }
    recoveryReading = reading
  }

  private static func lines(
    _ part: PodLog.Part, _ log: PodLog
  ) async -> Result<[String], RecoveryError> {
    do { return .success(try await log.lines(part)) } catch {
      return .failure(error as? RecoveryError ?? RecoveryError(.failed, "\(error)"))
    }
  }
}

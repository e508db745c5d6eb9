import FoundationEssentials
import Kubernetes
import RecoveryModel

/// Warnings of a namespace where something cannot begin.
struct StartWarnings: Sendable {
  var events: [Event] = []
  /// When they were asked for; not before then again.
  var next = Date.distantPast
}

/// Asks why what is to make a cluster does not begin: events say it, and are read only then.
extension ClusterObservatory {
  /// Seconds between two looks, and after a refusal.
  private static let (pace, refusal) = (15.0, 300.0)

  func addWarnings(_ facts: inout CloudNativePGFacts) {
    facts.startWarnings = warnings[facts.namespace]?.events ?? []
  }

  /// Of those that are made here and beside.
  func wantsWarnings(_ facts: CloudNativePGFacts) -> Bool { !waitingPlaces(facts).isEmpty }

  func readWarnings(_ facts: CloudNativePGFacts, _ client: KubernetesClient) async {
    for place in waitingPlaces(facts) {
      warnings[place, default: StartWarnings()].next = now().addingTimeInterval(Self.pace)
      let answer = await context.gate.pass { await Self.warnings(in: place, client) }
      switch answer {
      case .success(let events): warnings[place]?.events = events
      case .failure(let error) where error.code == .denied:
        warnings[place]?.next = now().addingTimeInterval(Self.refusal)
      case .failure: break
      }
    }
  }

  private static func warnings(
    in namespace: String, _ client: KubernetesClient
  ) async -> Result<[Event], RecoveryError> {
    do { return .success(try await client.warnings(in: namespace)) } catch {
      return .failure(error as? RecoveryError ?? RecoveryError(.failed, "\(error)"))
    }
  }

  private func waitingPlaces(_ facts: CloudNativePGFacts) -> Set<String> {
    let now = now()
    return Set(
      ([facts] + facts.beside).filter { $0.startObstacle(now: now) != nil }.map(\.namespace)
        .filter { (warnings[$0]?.next ?? .distantPast) <= now })
  }
}

import FoundationEssentials
import Kubernetes
import RecoveryModel

/// What there is to be said about a context as a whole.
struct ContextNotices {
  let context: ClusterContext

  var all: [FleetNotice] {
    var notices = [insecure, context.restriction].compactMap { $0 }
    if let failure = context.failure {
      notices.append(notice(failure.error, since: failure.since))
    } else if let fault {
      notices.append(fault)
    }
    return notices
  }

  private var insecure: FleetNotice? {
    guard let connection = context.connection, connection.isInsecure else { return nil }
    return FleetNotice(
      subject: context.name, severity: .warning,
      text: "the certificate of \(connection.client.server) is not checked "
        + "(insecure-skip-tls-verify): anybody on the way can read and answer for it",
      remedy: "set certificate-authority-data in the kubeconfig")
  }

  /// Why its Clusters are not in step.
  private var fault: FleetNotice? {
    for set in context.sets.sorted(by: { $0.namespace ?? "" < $1.namespace ?? "" }) {
      guard case .failed(let error, let since) = set.clusters.index.state else { continue }
      guard error.code == .invalid else {
        return notice(error, since: since)
      }
      return FleetNotice(
        subject: context.name, severity: .warning,
        text: "CloudNativePG is not installed here: the API server does not know "
          + CNPGCluster.resource.title,
        remedy: "install the operator, or choose another context with --context")
    }
    return nil
  }

  private func notice(_ error: RecoveryError, since: Date?) -> FleetNotice {
    FleetNotice(
      subject: context.name, severity: .critical, text: error.message, remedy: error.remedy,
      since: since)
  }
}

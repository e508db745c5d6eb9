import Kubernetes

/// Watched for itself; it is the operator's.
extension Deployment: KubernetesObject {
  package var owner: ObjectKey { key }
}

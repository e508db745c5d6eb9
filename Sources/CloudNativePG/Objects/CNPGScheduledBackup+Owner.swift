import Kubernetes
import Transports

extension CNPGScheduledBackup {
  package var owner: ObjectKey {
    ObjectKey(namespace: metadata.namespace ?? "", name: clusterName ?? "")
  }
}

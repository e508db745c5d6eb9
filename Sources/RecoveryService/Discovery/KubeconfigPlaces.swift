import FoundationEssentials
import Glibc

/// Where a kubeconfig is looked for, as kubectl does; reads nothing but whether there is one.
package struct KubeconfigPlaces: Sendable, Equatable {
  /// There is something to reach clusters with.
  package var exist: Bool
  /// Each place that was looked at, with what was found there.
  package var words: [String]

  /// The service account's token in a pod.
  private static let token = "/var/run/secrets/kubernetes.io/serviceaccount/token"

  package init(environment: [String: String]) {
    var exist = false
    var words: [String] = []
    if let list = environment["KUBECONFIG"], !list.isEmpty {
      for path in list.split(separator: ":").map(String.init) {
        let there = Self.isFile(path)
        exist = exist || there
        words.append("KUBECONFIG names \(path)\(there ? "" : ", which cannot be read")")
      }
    } else {
      let path = (environment["HOME"] ?? "") + "/.kube/config"
      exist = Self.isFile(path)
      words.append("KUBECONFIG is not set")
      words.append(exist ? "\(path) is there" : "\(path) cannot be read")
    }
    if environment["KUBERNETES_SERVICE_HOST"]?.isEmpty == false {
      let there = Self.isFile(Self.token)
      exist = exist || there
      words.append(there ? "this is a pod" : "this is a pod without a service account's token")
    } else {
      words.append("this is no pod")
    }
    self.exist = exist
    self.words = words
  }

  private static func isFile(_ path: String) -> Bool { access(path, R_OK) == 0 }
}

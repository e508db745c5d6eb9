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
        let obstacle = Self.obstacle(path)
        exist = exist || obstacle != ENOENT
        words.append("KUBECONFIG names \(path)\(Self.words(obstacle, joint: ", which "))")
      }
    } else {
      let path = (environment["HOME"] ?? "") + "/.kube/config"
      let obstacle = Self.obstacle(path)
      exist = obstacle != ENOENT
      words.append("KUBECONFIG is not set")
      words.append(
        obstacle == nil ? "\(path) is there" : path + Self.words(obstacle, joint: " "))
    }
    if environment["KUBERNETES_SERVICE_HOST"]?.isEmpty == false {
      let there = Self.obstacle(Self.token) == nil
      exist = exist || there
      words.append(there ? "this is a pod" : "this is a pod without a service account's token")
    } else {
      words.append("this is no pod")
    }
    self.exist = exist
    self.words = words
  }

  /// `errno`; nil = it can be read, ENOENT = it is certainly not there. What is there and cannot be read is no reason to
  /// believe that there is nothing: whoever opens it says why.
  private static func obstacle(_ path: String) -> Int32? {
    guard access(path, R_OK) != 0 else { return nil }
    return errno == ENOTDIR ? ENOENT : errno
  }

  private static func words(_ obstacle: Int32?, joint: String) -> String {
    obstacle.map { "\(joint)cannot be read: \(String(cString: strerror($0)))" } ?? ""
  }
}

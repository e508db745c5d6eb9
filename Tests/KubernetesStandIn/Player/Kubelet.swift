/// What no client of the API can do for pods: print their containers' lines and answer at their ports.
package protocol Kubelet: Sendable {
  /// Pods are on nodes, whose kubelet ends them. Elsewhere a pod on a node would stay for ever.
  var hasNodes: Bool { get }

  /// Puts somebody behind the pods' ports; nil passes on to whoever was there before.
  func proxy(_ handler: @escaping @Sendable (ProxyRequest) -> ProxyResponse?)

  /// A line that a container prints.
  func log(_ line: String, namespace: String, pod: String, container: String, isPrevious: Bool)

  /// Puts a server that listens on a port of 127.0.0.1 behind a port of a pod, for port forwards.
  func listen(on port: UInt16, ofPod pod: String, namespace: String, at target: UInt16)
}

extension StandIn: Kubelet {
  package var hasNodes: Bool { true }
}

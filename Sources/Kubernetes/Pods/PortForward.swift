import FoundationEssentials
import RecoveryModel
import Transports

/// A `kubectl port-forward` child: a port of this host that leads to a pod's PostgreSQL. Dies with its holder.
package final class PortForward: Sendable {
  /// The pod whose port 5432 is wanted, and how kubectl finds it.
  package struct Target: Sendable {
    package var context: String
    package var namespace: String
    package var pod: String
    /// What kubectl gets beside what it inherits.
    package var variables: [String: String]

    package init(
      context: String, namespace: String, pod: String, variables: [String: String]
    ) {
      self.context = context
      self.namespace = namespace
      self.pod = pod
      self.variables = variables
    }
  }

  package let port: String
  private let watch: PortForwardWatch
  private let reader: Task<Void, Never>

  /// Seconds between SIGTERM and SIGKILL.
  private static let grace = 2.0

  private init(port: String, watch: PortForwardWatch, reader: Task<Void, Never>) {
    self.port = port
    self.watch = watch
    self.reader = reader
  }

  deinit { reader.cancel() }

  /// Waits for kubectl to say which port it took. Throws `RecoveryError` with kubectl's own words, and when its child is
  /// gone.
  package static func open(
    to target: Target, kubectl: String, processes: ProcessRunner, deadline: Double,
    lifetime: Double
  ) async throws -> PortForward {
    let request = request(to: target, kubectl: kubectl, lifetime: lifetime)
    let place = PortForwardEnd.Place(context: target.context, namespace: target.namespace)
    let (news, teller) = AsyncStream.makeStream(of: PortForwardWatch.News.self)
    let watch = PortForwardWatch(place: place, tell: teller)
    let reader = Task { await watch.read(processes.stream(request)) }
    let timer = Task {
      try await Task.sleep(for: .seconds(deadline))
      teller.yield(.tooLate)
    }
    defer { timer.cancel() }
    var failure = RecoveryError(.cancelled, "kubectl port-forward was cancelled")
    for await event in news {
      switch event {
      case .opened(let port): return PortForward(port: port, watch: watch, reader: reader)
      case .ended(let end): failure = end.error
      case .tooLate: failure = place.tooLate(after: deadline)
      }
      break
    }
    await end(watch, reader)
    throw failure
  }

  /// kubectl is to find what we found, as from our user's own shell: the kubeconfig by the same name in the same
  /// directory, and for its credential plugins PATH, HOME, proxies and whatever their clouds ask for.
  package static func request(
    to target: Target, kubectl: String, lifetime: Double
  ) -> ProcessRequest {
    ProcessRequest(
      kubectl,
      [
        "--context", target.context, "--namespace", target.namespace, "port-forward", "--address",
        "127.0.0.1", "pod/\(target.pod)", ":5432",
      ], environment: target.variables,
      inheritsEnvironment: true, directory: FileManager.default.currentDirectoryPath,
      deadline: lifetime)
  }

  /// What kubectl said of a connection that broke; nil where none did.
  package var breakage: String? { watch.breakage }

  /// How the child ended by itself, waiting `seconds` for that at most; nil while it lives.
  package func end(within seconds: Double) async -> PortForwardEnd? {
    let deadline = Deadline(seconds: seconds)
    while watch.end == nil, !deadline.passed, !Task.isCancelled {
      try? await Task.sleep(for: .milliseconds(20))
    }
    return watch.end
  }

  /// Ends the child and returns when it is gone.
  package func end() async { await Self.end(watch, reader) }

  /// Not by cancelling its reader alone: that would not wait for the child.
  private static func end(_ watch: PortForwardWatch, _ reader: Task<Void, Never>) async {
    if !watch.terminate() { reader.cancel() }
    let timer = Task {
      try await Task.sleep(for: .seconds(grace))
      watch.kill()
      try await Task.sleep(for: .seconds(grace))
      reader.cancel()
    }
    await reader.value
    timer.cancel()
  }
}

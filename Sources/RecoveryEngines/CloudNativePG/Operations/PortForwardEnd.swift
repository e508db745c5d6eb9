import RecoveryModel

/// How a `kubectl port-forward` ended that nobody had told to.
struct PortForwardEnd: Sendable, Equatable {
  enum How: Sendable, Equatable {
    /// Exit status; 128 + signal.
    case exit(Int32)
    /// It could not be run, or ran for too long.
    case failure(RecoveryError)
  }

  /// Where it led to, for advice.
  struct Place: Sendable, Equatable {
    var context: String
    var namespace: String

    func tooLate(after seconds: Double) -> RecoveryError {
      RecoveryError(
        .timedOut, "kubectl port-forward opened no port within \(Format.duration(seconds))",
        remedy: "does \(look) answer here, or does its login wait for somebody?")
    }

    fileprivate var look: String {
      "kubectl --context \(ShellWord.quoted(context)) -n \(ShellWord.quoted(namespace)) get pods"
    }
  }

  var how: How
  /// kubectl's last line of errors.
  var words: String
  /// What it said of a connection that broke; nil where none did.
  var breakage: String?
  var place: Place

  /// Nobody listens in the pod: not the forward but what it leads to gave up. kubectl ends then, as it does with every
  /// connection that breaks in another way.
  var isRefusedByPod: Bool { Self.isRefusal(breakage) }

  /// In the words of a kubelet, whichever runtime it has.
  static func isRefusal(_ breakage: String?) -> Bool {
    breakage?.contains("connection refused") ?? false
  }

  var error: RecoveryError {
    switch how {
    case .failure(let error): error
    case .exit(let status) where status > 128:
      RecoveryError(
        .unreachable, "kubectl port-forward was killed (signal \(status - 128))",
        remedy: "that says nothing of the copy: see who killed it (too little memory here?), and "
          + "drill again")
    case .exit(let status):
      RecoveryError(
        .unreachable,
        "kubectl port-forward ended with status \(status): \(breakage ?? words)", remedy: remedy)
    }
  }

  private var remedy: String {
    if breakage != nil, !isRefusedByPod {
      return "the tunnel broke, which says nothing of the copy: drill again"
    }
    if isRefusedByPod { return "the copy's PostgreSQL does not listen, or is gone" }
    if words.contains("forbidden") || words.contains("Forbidden") {
      return "it needs get and create on pods/portforward in \(place.namespace): "
        + "pgvigil manifest rbac --role drill"
    }
    if words.contains("lost connection to pod") {
      return "the API server, the node or a proxy between dropped it: drill again"
    }
    return "does \(place.look) work here?"
  }
}

import RecoveryModel

/// How a `kubectl port-forward` ended that nobody had told to.
package struct PortForwardEnd: Sendable, Equatable {
  package enum How: Sendable, Equatable {
    /// Exit status; 128 + signal.
    case exit(Int32)
    /// It could not be run, or ran for too long.
    case failure(RecoveryError)
  }

  /// Where it led to, for advice.
  package struct Place: Sendable, Equatable {
    package var context: String
    package var namespace: String

    package init(context: String, namespace: String) {
      self.context = context
      self.namespace = namespace
    }

    package func tooLate(after seconds: Double) -> RecoveryError {
      RecoveryError(
        .timedOut, "kubectl port-forward opened no port within \(Format.duration(seconds))",
        remedy: "does \(look) answer here, or does its login wait for somebody?")
    }

    fileprivate var look: String {
      "kubectl --context \(ShellWord.quoted(context)) -n \(ShellWord.quoted(namespace)) get pods"
    }
  }

  package var how: How
  /// kubectl's last line of errors.
  package var words: String
  /// What it said of a connection that broke; nil where none did.
  package var breakage: String?
  package var place: Place

  package init(how: How, words: String, breakage: String? = nil, place: Place) {
    self.how = how
    self.words = words
    self.breakage = breakage
    self.place = place
  }

  /// Nobody listens in the pod: not the forward but what it leads to gave up. kubectl ends then, as it does with every
  /// connection that breaks in another way.
  package var isRefusedByPod: Bool { Self.isRefusal(breakage) }

  /// In the words of a kubelet, whichever runtime it has.
  package static func isRefusal(_ breakage: String?) -> Bool {
    breakage?.contains("connection refused") ?? false
  }

  package var error: RecoveryError {
    switch how {
    case .failure(let error): error
    case .exit(let status) where status > 128:
      RecoveryError(
        .unreachable, "kubectl port-forward was killed (signal \(status - 128))",
        remedy: "that says nothing of the copy: see who killed it (too little memory here?), and "
          + "drill again")
    case .exit(let status):
      RecoveryError(
        isForbidden ? .denied : .unreachable,
        "kubectl port-forward ended with status \(status): \(breakage ?? words)", remedy: remedy)
    }
  }

  /// In kubectl's words, which has one exit status for every failure.
  private var isForbidden: Bool {
    breakage == nil && (words.contains("forbidden") || words.contains("Forbidden"))
  }

  private var remedy: String {
    if breakage != nil, !isRefusedByPod {
      return "the tunnel broke, which says nothing of the copy: drill again"
    }
    if isRefusedByPod { return "the copy's PostgreSQL does not listen, or is gone" }
    if isForbidden {
      return "it needs get and create on pods/portforward in \(place.namespace): "
        + "pgvigil manifest rbac --role drill"
    }
    if words.contains("lost connection to pod") {
      return "the API server, the node or a proxy between dropped it: drill again"
    }
    return "does \(place.look) work here?"
  }
}

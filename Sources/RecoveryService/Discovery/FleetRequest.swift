import RecoveryModel

/// Which clusters are asked for, as the command line says it.
package struct FleetRequest: Sendable, Equatable {
  /// nil = `$XDG_CONFIG_HOME/pgvigil/config.yaml`.
  package var configuration: String?
  /// nil = as configured, else where kubectl looks.
  package var kubeconfig: String?
  /// Empty = as configured, else the kubeconfig's current one.
  package var contexts: [String]
  /// Empty = as configured, else all.
  package var namespaces: [String]
  /// Whatever the configuration says of namespaces.
  package var allNamespaces: Bool

  package init(
    configuration: String? = nil, kubeconfig: String? = nil, contexts: [String] = [],
    namespaces: [String] = [], allNamespaces: Bool = false
  ) {
    self.configuration = configuration
    self.kubeconfig = kubeconfig
    self.contexts = contexts
    self.namespaces = namespaces
    self.allNamespaces = allNamespaces
  }

  /// It names a part of Kubernetes: clusters on hosts are not meant.
  package var isScoped: Bool { !contexts.isEmpty || !namespaces.isEmpty || allNamespaces }

  /// It wants clusters to be looked for, whatever the configuration says.
  package var asksForDiscovery: Bool { isScoped || kubeconfig != nil }

  /// The same again as arguments.
  package var arguments: [String] {
    var arguments: [String] = []
    if let configuration { arguments += ["--config", configuration] }
    if let kubeconfig { arguments += ["--kubeconfig", kubeconfig] }
    for context in contexts { arguments += ["--context", context] }
    for namespace in namespaces { arguments += ["--namespace", namespace] }
    if allNamespaces { arguments.append("--all-namespaces") }
    return arguments
  }
}

/// How the console was asked for.
package struct ConsoleRequest: Sendable, Equatable {
  package var fleet: FleetRequest
  /// nil = as configured, else `dark`.
  package var theme: String?
  /// Seconds between refreshes; nil = as configured.
  package var interval: Double?
  package var wallboard: Bool
  package var readOnly: Bool
  package var ascii: Bool
  package var mouse: Bool
  /// The cluster to open on, by its full name; nil = the one that needs a person first.
  package var cluster: String?

  package init(
    fleet: FleetRequest = FleetRequest(), theme: String? = nil, interval: Double? = nil,
    wallboard: Bool = false, readOnly: Bool = false, ascii: Bool = false, mouse: Bool = false,
    cluster: String? = nil
  ) {
    self.fleet = fleet
    self.theme = theme
    self.interval = interval
    self.wallboard = wallboard
    self.readOnly = readOnly
    self.ascii = ascii
    self.mouse = mouse
    self.cluster = cluster
  }
}

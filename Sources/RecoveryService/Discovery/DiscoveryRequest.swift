import RecoveryModel

/// What a configuration says about clusters that are found by themselves.
package struct DiscoverySettings: Sendable, Equatable {
  /// Absolute path; nil = where kubectl looks.
  package var kubeconfig: String?
  /// Empty = the kubeconfig's current one.
  package var contexts: [String]
  /// Empty = all.
  package var namespaces: [String]
  /// Targets, drill settings and price of what is found; its name and engine say nothing.
  package var defaults: ClusterDeclaration
  /// Some key asks for it.
  package var isWanted: Bool

  package init(
    kubeconfig: String? = nil, contexts: [String] = [], namespaces: [String] = [],
    defaults: ClusterDeclaration = ClusterDeclaration(name: "", engine: ""),
    isWanted: Bool = false
  ) {
    self.kubeconfig = kubeconfig
    self.contexts = contexts
    self.namespaces = namespaces
    self.defaults = defaults
    self.isWanted = isWanted
  }
}

/// What is to be looked for, and where.
package struct DiscoveryRequest: Sendable, Equatable {
  /// nil = where kubectl looks.
  package var kubeconfig: String?
  /// Empty = the kubeconfig's current one.
  package var contexts: [String]
  /// Empty = all that may be seen.
  package var namespaces: [String]
  /// Clusters that the configuration says more about; they keep the names that it gives them.
  package var declared: [ClusterDeclaration]
  /// Targets, drill settings and price of every other one.
  package var defaults: ClusterDeclaration

  package init(
    kubeconfig: String? = nil, contexts: [String] = [], namespaces: [String] = [],
    declared: [ClusterDeclaration] = [],
    defaults: ClusterDeclaration = ClusterDeclaration(name: "", engine: "")
  ) {
    self.kubeconfig = kubeconfig
    self.contexts = contexts
    self.namespaces = namespaces
    self.declared = declared
    self.defaults = defaults
  }

  /// What the command line says counts before what the configuration says.
  package init(
    _ request: FleetRequest, settings: DiscoverySettings, declared: [ClusterDeclaration]
  ) {
    self.init(
      kubeconfig: request.kubeconfig ?? settings.kubeconfig,
      contexts: request.contexts.isEmpty ? settings.contexts : request.contexts,
      namespaces: request.allNamespaces
        ? [] : request.namespaces.isEmpty ? settings.namespaces : request.namespaces,
      declared: declared, defaults: settings.defaults)
  }
}

/// A context that is asked for and that the kubeconfig does not have.
package struct MissingContext: Sendable, Equatable {
  package var name: String
  /// Where it was looked for.
  package var origin: String
  /// Those that there are, the nearest name first.
  package var known: [String]

  package init(name: String, origin: String, known: [String]) {
    self.name = name
    self.origin = origin
    self.known = known
  }

  /// `there are: prod-eu, prod-us`.
  package var advice: String {
    let shown = known.prefix(Self.listed).map { Sanitizer.clean($0, limit: 80) }
    let more = known.count > shown.count ? " and \(known.count - shown.count) more" : ""
    return known.isEmpty
      ? "it has none at all" : "there are: \(shown.joined(separator: ", "))\(more)"
  }

  private static let listed = 10
}

/// Finds clusters of one engine; made by the composition root, so that the faces know no engine.
package struct Discoverer: Sendable {
  /// `EngineDescriptor.id` of what it finds; such clusters are declared to it instead of being made one by one.
  package var engine: String
  /// Throws `RecoveryError` where the request itself is wrong; a place that does not answer is no error.
  package var open: @Sendable (DiscoveryRequest, EngineEnvironment) throws -> any ClusterDiscovery

  /// Contexts that the request or its clusters name and the kubeconfig lacks; asks no server. Empty also where there is
  /// no kubeconfig to be read.
  package var missingContexts: @Sendable (DiscoveryRequest) -> [MissingContext]

  /// Why the request cannot be looked for, as far as that is seen from here: a kubeconfig that is not there or wrong;
  /// asks no server.
  package var obstacles: @Sendable (DiscoveryRequest) -> [RecoveryError]

  package init(
    engine: String,
    missingContexts: @escaping @Sendable (DiscoveryRequest) -> [MissingContext] = { _ in [] },
    obstacles: @escaping @Sendable (DiscoveryRequest) -> [RecoveryError] = { _ in [] },
    open:
      @escaping @Sendable (DiscoveryRequest, EngineEnvironment) throws -> any ClusterDiscovery
  ) {
    self.missingContexts = missingContexts
    self.obstacles = obstacles
    self.engine = engine
    self.open = open
  }
}

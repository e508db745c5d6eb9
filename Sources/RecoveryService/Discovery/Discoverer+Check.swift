import RecoveryModel

extension Discoverer {
  /// Whether a declared cluster is among those that are looked for. One with a kubeconfig of its own is made by itself,
  /// as a cluster on hosts is: whoever looks reads one kubeconfig.
  package func takes(_ declaration: ClusterDeclaration, settings: DiscoverySettings) -> Bool {
    guard declaration.engine == engine else { return false }
    guard case .string(let own) = declaration.options["kubeconfig"] else { return true }
    return own == settings.kubeconfig
  }

  /// Throws a problem for each context that the configuration names and the kubeconfig does not have.
  package func checkContexts(of configuration: Configuration) throws(ConfigurationError) {
    let declared = configuration.clusters.filter {
      takes($0.declaration, settings: configuration.discovery)
    }
    let request = DiscoveryRequest(
      FleetRequest(), settings: configuration.discovery, declared: declared.map(\.declaration))
    let problems = missingContexts(request).map { missing in
      let cluster = configuration.clusters.firstIndex {
        $0.declaration.options["context"] == .string(missing.name)
      }
      let isListed = configuration.discovery.contexts.contains(missing.name)
      return ConfigurationProblem(
        file: configuration.path,
        line: isListed ? nil : cluster.flatMap { configuration.clusters[$0].line },
        key: isListed ? "contexts" : cluster.map { "clusters[\($0)].context" } ?? "",
        expected: "a context of \(missing.origin)",
        found: "`\(Sanitizer.clean(missing.name, limit: 80))`", advice: missing.advice)
    }
    guard problems.isEmpty else { throw ConfigurationError(problems) }
  }

  /// Throws `RecoveryError` (invalid) where the command line names a context that the kubeconfig does not have: what a
  /// person has just typed is not waited for.
  package func checkContexts(
    of request: FleetRequest, _ configuration: Configuration
  ) throws(RecoveryError) {
    guard !request.contexts.isEmpty else { return }
    let wanted = DiscoveryRequest(request, settings: configuration.discovery, declared: [])
    guard let missing = missingContexts(wanted).first else { return }
    throw RecoveryError(
      .invalid, "no context \(Sanitizer.clean(missing.name, limit: 80)) in \(missing.origin)",
      remedy: missing.advice)
  }
}

import RecoveryModel
import RecoveryService
import Testing

/// A context that the kubeconfig does not have is one line that names those that it has.
@Suite struct ContextCheckTests {
  /// Knows prod-eu and staging.
  private static let discoverer = Discoverer(
    engine: "cloudnativepg",
    missingContexts: { request in
      let declared = request.declared.compactMap { declaration -> String? in
        if case .string(let name)? = declaration.options["context"] { name } else { nil }
      }
      var seen: Set<String> = ["prod-eu", "staging"]
      return (request.contexts + declared).filter { seen.insert($0).inserted }.map {
        MissingContext(name: $0, origin: "/home/a/.kube/config", known: ["prod-eu", "staging"])
      }
    }, open: { _, _ in FakeDiscovery() })

  private func configuration(
    contexts: [String] = [], declared: [String] = []
  ) -> Configuration {
    Configuration(
      path: "c.yaml",
      clusters: declared.enumerated().map { index, context in
        ConfiguredCluster(
          declaration: ClusterDeclaration(
            name: "db-\(index)", engine: "cloudnativepg", options: ["context": .string(context)]),
          line: 10 + index)
      }, discovery: DiscoverySettings(contexts: contexts))
  }

  private func problems(_ configuration: Configuration) -> [String] {
    do {
      try Self.discoverer.checkContexts(of: configuration)
      return []
    } catch {
      return error.problems.map(\.description)
    }
  }

  @Test func oneLineNamesWhatThereIs() {
    #expect(
      problems(configuration(contexts: ["staging", "prod"])) == [
        "c.yaml: contexts: expected a context of /home/a/.kube/config; found `prod` "
          + "(there are: prod-eu, staging)"
      ])
  }

  @Test func aClustersOwnContextHasItsLineOnce() {
    #expect(
      problems(configuration(declared: ["staging", "prd", "prd"])) == [
        "c.yaml:11: clusters[1].context: expected a context of /home/a/.kube/config; "
          + "found `prd` (there are: prod-eu, staging)"
      ])
    #expect(problems(configuration(contexts: ["prod-eu"], declared: ["staging"])) == [])
  }

  @Test func whatWasTypedIsRefusedAtOnce() {
    let request = FleetRequest(contexts: ["prod"])
    #expect(throws: RecoveryError.self) {
      try Self.discoverer.checkContexts(of: request, configuration())
    }
    do throws(RecoveryError) {
      try Self.discoverer.checkContexts(of: request, configuration())
    } catch {
      #expect(error.code == .invalid)
      #expect(
        error.description
          == "no context prod in /home/a/.kube/config (there are: prod-eu, staging)")
    }
    // What stands in the configuration is waited for: a login may write it any moment.
    #expect(throws: Never.self) {
      try Self.discoverer.checkContexts(of: FleetRequest(), configuration(contexts: ["prod"]))
    }
  }
}

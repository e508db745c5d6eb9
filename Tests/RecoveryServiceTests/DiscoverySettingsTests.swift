import FoundationEssentials
import RecoveryModel
import RecoveryService
import Synchronization
import Testing

@Suite("What is looked for")
struct DiscoverySettingsTests {
  private let directory = ScratchDirectory()
  private let environment = EngineEnvironment(
    now: { noon }, host: "h", user: "u", newID: { "id" }, version: "1")

  private func parse(_ text: String, mayFind: Bool = false) throws -> Configuration {
    try Configuration.parse(
      text, path: "/etc/c.yaml", engines: [FakeEngine.descriptor], mayFind: mayFind)
  }

  /// What the discoverer was asked for; nil = it was not.
  private func asked(
    _ configuration: Configuration, _ request: FleetRequest = FleetRequest(),
    engine: String = "found"
  ) throws -> DiscoveryRequest? {
    let seen = Mutex<DiscoveryRequest?>(nil)
    let services = try Services.make(
      configuration: configuration, engines: [FakeEngine.descriptor], environment: environment,
      paths: Paths(configurationDirectory: "/c", stateDirectory: directory.path), request: request,
      discoverer: Discoverer(engine: engine) { request, _ in
        seen.withLock { $0 = request }
        return FakeDiscovery()
      })
    let found = seen.withLock { $0 }
    #expect(services.looksForClusters == (found != nil))
    return found
  }

  @Test func readsWhereToLookAndWhatHoldsThere() throws {
    let configuration = try parse(
      """
      kubeconfig: kube/config
      contexts: [prod-eu, prod-us]
      namespaces: [auth]
      price_per_gib_month: 0.02
      defaults:
        targets: {rpo: 1m, rto: 10m}
        backup_interval: 12h
        drill: {interval: 1d, timeout: 1h}
      """)
    #expect(configuration.clusters.isEmpty)
    let discovery = configuration.discovery
    #expect(discovery.kubeconfig == "/etc/kube/config")
    #expect(discovery.contexts == ["prod-eu", "prod-us"] && discovery.namespaces == ["auth"])
    #expect(
      discovery.defaults.targets
        == RecoveryTargets(rpo: 60, rto: 600, backupInterval: 43_200, drillInterval: 86_400))
    #expect(discovery.defaults.drill.timeout == 3600)
    #expect(discovery.defaults.pricePerGiBMonth == 0.02)
  }

  @Test func wrongListsAreNamed() {
    let error = #expect(throws: ConfigurationError.self) {
      try parse("contexts: [a, a]\nnamespaces: {x: 1}\ndefaults: {rpo: 1m}")
    }
    #expect(error?.problems.map(\.key) == ["contexts", "namespaces", "defaults.rpo"])
  }

  @Test func clustersNeedNotBeDeclaredWhereTheyCanBeFound() throws {
    #expect(throws: ConfigurationError.self) { try parse("theme: dark") }
    #expect(try parse("theme: dark", mayFind: true).clusters.isEmpty)
    #expect(try asked(Configuration()) == DiscoveryRequest())
  }

  @Test func declaredHostsAloneLookForNothing() throws {
    let hosts = try parse("clusters: [{name: a, engine: fake, stanza: s}]")
    #expect(try asked(hosts) == nil)
    #expect(try asked(hosts, FleetRequest(contexts: ["eu"]))?.contexts == ["eu"])
  }

  @Test func declaredOnesOfTheEngineAreHandedOver() throws {
    let declared = try parse("clusters: [{name: a, engine: fake, stanza: s}]")
    let request = try asked(declared, engine: "fake")
    #expect(request?.declared.map(\.name) == ["a"])
  }

  @Test func theCommandLineCountsFirst() throws {
    let configuration = try parse("contexts: [eu]\nnamespaces: [auth]\nkubeconfig: /k")
    let plain = try asked(configuration)
    #expect(plain?.contexts == ["eu"] && plain?.namespaces == ["auth"])
    #expect(plain?.kubeconfig == "/k")
    let other = try asked(
      configuration, FleetRequest(kubeconfig: "/o", contexts: ["us"], namespaces: ["shop"])
    )
    #expect(other?.contexts == ["us"] && other?.namespaces == ["shop"])
    #expect(other?.kubeconfig == "/o")
    #expect(try asked(configuration, FleetRequest(allNamespaces: true))?.namespaces == [])
  }

  @Test func aPartOfKubernetesLeavesHostsOut() async throws {
    let both = try parse("contexts: [eu]\nclusters: [{name: a, engine: fake, stanza: s}]")
    for (request, names) in [
      (FleetRequest(), ["a"]), (FleetRequest(namespaces: ["x"]), []),
      (FleetRequest(kubeconfig: "/k"), ["a"]),
    ] as [(FleetRequest, [String])] {
      let services = try Services.make(
        configuration: both, engines: [FakeEngine.descriptor], environment: environment,
        paths: Paths(configurationDirectory: "/c", stateDirectory: directory.path),
        request: request, discoverer: Discoverer(engine: "found") { _, _ in FakeDiscovery() })
      #expect(await services.fleet.snapshot().clusters.map(\.declaration.name) == names)
    }
  }

  @Test func printedCommandsCarryWhatTheCommandLineWasTold() async throws {
    let both = try parse("contexts: [eu]\nclusters: [{name: a, engine: fake, stanza: s}]")
    for (request, typed) in [
      (FleetRequest(), "a"),
      (FleetRequest(configuration: "/a b/c.yaml"), "a --config '/a b/c.yaml'"),
      (FleetRequest(kubeconfig: "/k"), "a --kubeconfig /k"),
      // No line can hold it.
      (FleetRequest(configuration: "/c\nd"), "a"),
    ] {
      let services = try Services.make(
        configuration: both, engines: [FakeEngine.descriptor], environment: environment,
        paths: Paths(configurationDirectory: "/c", stateDirectory: directory.path),
        request: request, discoverer: Discoverer(engine: "found") { _, _ in FakeDiscovery() })
      #expect(await services.fleet.snapshot().clusters.map(\.declaration.typed) == [typed])
      #expect(
        try asked(both, request)?.defaults.arguments == request.arguments)
    }
  }

  @Test("a cluster with a kubeconfig of its own is watched by itself")
  func ownKubeconfigs() async throws {
    let configuration = try parse(
      """
      kubeconfig: shared
      clusters:
        - {name: here, engine: fake, stanza: s}
        - {name: same, engine: fake, stanza: s, kubeconfig: shared}
        - {name: there, engine: fake, stanza: s, kubeconfig: other/config}
      """)
    #expect(
      configuration.clusters[2].declaration.options["kubeconfig"] == .string("/etc/other/config"))
    let request = try asked(configuration, engine: "fake")
    #expect(request?.declared.map(\.name) == ["here", "same"])
    let alone = try parse(
      "clusters: [{name: there, engine: fake, stanza: s, kubeconfig: other/config}]")
    #expect(try asked(alone, engine: "fake") == nil)
    let services = try Services.make(
      configuration: alone, engines: [FakeEngine.descriptor], environment: environment,
      paths: Paths(configurationDirectory: "/c", stateDirectory: directory.path),
      discoverer: Discoverer(engine: "fake") { _, _ in FakeDiscovery() })
    #expect(await services.fleet.snapshot().clusters.map(\.declaration.name) == ["there"])
  }

  @Test func whatCannotBeOpenedIsSaidPlainly() {
    let error = #expect(throws: ConfigurationError.self) {
      try Services.make(
        configuration: Configuration(), engines: [], environment: environment,
        paths: Paths(configurationDirectory: "/c", stateDirectory: directory.path),
        discoverer: Discoverer(engine: "found") { _, _ in
          throw RecoveryError(.invalid, "no context named moon")
        })
    }
    #expect(error?.description.contains("no context named moon") == true)
  }

  @Test func kubeconfigsAreLookedForWhereKubectlLooks() throws {
    try FileManager.default.createDirectory(
      atPath: directory.file(".kube"), withIntermediateDirectories: true)
    let path = try directory.write("apiVersion: v1", to: ".kube/config")
    #expect(KubeconfigPlaces(environment: ["HOME": directory.path]).exist)
    #expect(!KubeconfigPlaces(environment: ["HOME": "/nonexistent"]).exist)
    #expect(KubeconfigPlaces(environment: ["KUBECONFIG": "/nonexistent:\(path)"]).exist)
    let none = KubeconfigPlaces(
      environment: ["KUBECONFIG": "/nonexistent", "HOME": directory.path])
    #expect(!none.exist, "what KUBECONFIG names takes the usual file's place")
    #expect(
      none.words == [
        "KUBECONFIG names /nonexistent, which cannot be read: No such file or directory",
        "this is no pod",
      ])
  }

  @Test func ledgersOfFoundClustersHaveFileNames() {
    let paths = Paths(configurationDirectory: "/c", stateDirectory: "/s")
    #expect(paths.ledgerFile(cluster: "eu/auth/main") == "/s/ledger/eu+auth+main.jsonl")
  }
}

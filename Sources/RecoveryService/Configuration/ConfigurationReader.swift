import RecoveryModel
import YAMLReading

/// Turns the YAML into a `Configuration`, collecting every problem on the way.
struct ConfigurationReader {
  let file: String
  let engines: [EngineDescriptor]
  /// Clusters can be found by themselves.
  let mayFind: Bool
  private(set) var problems: [ConfigurationProblem] = []

  init(file: String, engines: [EngineDescriptor], mayFind: Bool) {
    self.file = file
    self.engines = engines
    self.mayFind = mayFind
  }

  /// What could be read; only to be used when `problems` stayed empty.
  mutating func read(_ root: YAMLNode?) -> Configuration {
    var configuration = Configuration(path: file)
    guard let root, let mapping = root.mapping else {
      problems.append(
        ConfigurationProblem(
          file: file, line: root?.mark.line, expected: "keys such as `clusters:` at the top",
          found: root.map { describe($0, key: "") } ?? "an empty file"))
      return configuration
    }
    var top = YAMLMap(mapping, file: file, path: "", line: nil)
    configuration.keyLines = top.keyLines
    readInterval(&top, into: &configuration)
    configuration.theme = top.text("theme")
    configuration.readOnly = top.flag("read_only") ?? false
    configuration.isSandbox = top.flag("sandbox") ?? false
    if var wallboard = top.map("wallboard") {
      configuration.wallboardCycle =
        wallboard.duration("cycle") ?? Configuration.defaultWallboardCycle
      wallboard.finish()
      top.absorb(wallboard)
    }
    let price = top.amount("price_per_gib_month")
    configuration.discovery = readDiscovery(&top)
    configuration.clusters = readClusters(
      &top, required: !mayFind && !configuration.discovery.isWanted)
    if configuration.isSandbox { nameStart(in: &configuration) }
    if let price {
      configuration.discovery.defaults.pricePerGiBMonth = price
      for index in configuration.clusters.indices {
        configuration.clusters[index].declaration.pricePerGiBMonth = price
      }
    }
    top.finish()
    problems += top.problems
    problems = problems.enumerated().sorted {
      ($0.element.line ?? 0, $0.offset) < ($1.element.line ?? 0, $1.offset)
    }.map(\.element)
    return configuration
  }

  /// A sandbox's servers are started by what made them; its configuration lies in its directory.
  private func nameStart(in configuration: inout Configuration) {
    let folder = file.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    let directory = folder.isEmpty ? "." : folder.joined(separator: "/")
    let start = ShellWord.command(["pgvigil", "sandbox", "up", "--dir", directory])
    for index in configuration.clusters.indices {
      configuration.clusters[index].declaration.start = start
    }
  }

  private func readInterval(_ top: inout YAMLMap, into configuration: inout Configuration) {
    guard let seconds = top.duration("interval") else { return }
    guard Configuration.intervals.contains(seconds) else {
      top.report(
        "between 0.2s and 1h", of: "interval",
        found: top.node("interval").map {
          describe($0, key: "interval")
        } ?? "nothing")
      return
    }
    configuration.interval = seconds
  }

  private func readDiscovery(_ top: inout YAMLMap) -> DiscoverySettings {
    var settings = DiscoverySettings()
    let reader = ClusterReader(engines: engines)
    settings.kubeconfig = top.text("kubeconfig").map { reader.absolute($0, beside: file) }
    settings.contexts = readNames("contexts", of: "contexts of the kubeconfig", &top)
    settings.namespaces = readNames("namespaces", of: "namespaces", &top)
    settings.isWanted = ["kubeconfig", "contexts", "namespaces", "defaults"].contains(
      where: top.has)
    if var part = top.map("defaults") {
      reader.readDefaults(&part, into: &settings.defaults)
      part.finish()
      top.absorb(part)
    }
    return settings
  }

  /// A list of texts, each once.
  private func readNames(_ key: String, of what: String, _ top: inout YAMLMap) -> [String] {
    var names: [String] = []
    for node in top.list(key, of: what) ?? [] {
      guard let name = node.scalar?.text, !name.isEmpty else {
        top.expected("a list of \(what)", of: key, found: node)
        continue
      }
      if names.contains(name) {
        top.report("each once", of: key, found: "`\(Sanitizer.clean(name, limit: 60))` again")
      }
      names.append(name)
    }
    return names
  }

  private func readClusters(_ top: inout YAMLMap, required: Bool) -> [ConfiguredCluster] {
    guard top.has("clusters") else {
      _ = top.node("clusters")
      guard required else { return [] }
      top.missing("clusters", expected: "a list of at least one cluster")
      return []
    }
    guard let nodes = top.list("clusters", of: "clusters"), !nodes.isEmpty else {
      if top.problems.allSatisfy({ $0.key != "clusters" }) {
        top.report("a list of at least one cluster", of: "clusters", found: "an empty list")
      }
      return []
    }
    var seen: [String: Int] = [:]
    var clusters: [ConfiguredCluster] = []
    for (index, node) in nodes.enumerated() {
      let path = "clusters[\(index)]"
      guard let mapping = node.mapping else {
        top.absorb([
          ConfigurationProblem(
            file: file, line: node.mark.line, key: path, expected: "keys such as `name:`",
            found: describe(node, key: ""))
        ])
        continue
      }
      var map = YAMLMap(mapping, file: file, path: path, line: node.mark.line)
      let cluster = ClusterReader(engines: engines).read(&map)
      let name = cluster.declaration.name
      if let line = seen[name], !name.isEmpty {
        map.report(
          "a name of its own", of: "name",
          found: "`\(Sanitizer.clean(name, limit: 60))`, taken at line \(line)")
      }
      seen[name] = seen[name] ?? map.line(of: "name") ?? 0
      top.absorb(map)
      clusters.append(cluster)
    }
    return clusters
  }
}

import Glibc
import RecoveryModel

/// Whether what a configuration names is there: themes, ledgers, kubeconfigs, and what the engines know to look for.
/// Asks no server.
package struct ConfigurationCheck: Sendable {
  package var configuration: Configuration
  package var engines: [EngineDescriptor]
  package var discoverer: Discoverer?
  /// Why a theme cannot be used; nil = it can.
  package var themeFault: @Sendable (String) -> String?

  package init(
    configuration: Configuration, engines: [EngineDescriptor], discoverer: Discoverer?,
    themeFault: @escaping @Sendable (String) -> String?
  ) {
    self.configuration = configuration
    self.engines = engines
    self.discoverer = discoverer
    self.themeFault = themeFault
  }

  /// Throws every problem at once, in the order of the file.
  package func run() throws(ConfigurationError) {
    var problems = theme + kubeconfig
    for (index, cluster) in configuration.clusters.enumerated() {
      problems += ledger(of: cluster, index) + engine(of: cluster, index)
    }
    guard problems.isEmpty else {
      throw ConfigurationError(problems.sorted { ($0.line ?? 0) < ($1.line ?? 0) })
    }
  }

  private var theme: [ConfigurationProblem] {
    guard let name = configuration.theme, let fault = themeFault(name) else { return [] }
    return [
      ConfigurationProblem(
        file: configuration.path, line: configuration.keyLines["theme"], key: "theme",
        expected: "a theme that there is", found: fault)
    ]
  }

  /// Of what is looked for by itself; contexts that are not there are named elsewhere.
  private var kubeconfig: [ConfigurationProblem] {
    guard let discoverer else { return [] }
    let settings = configuration.discovery
    let declared = configuration.clusters.map(\.declaration).filter {
      discoverer.takes($0, settings: settings)
    }
    guard settings.isWanted || !declared.isEmpty else { return [] }
    let request = DiscoveryRequest(FleetRequest(), settings: settings, declared: declared)
    let key = settings.kubeconfig == nil ? "contexts" : "kubeconfig"
    let cluster = configuration.clusters.first { $0.declaration.engine == discoverer.engine }
    return discoverer.obstacles(request).map { error in
      ConfigurationProblem(
        file: configuration.path, line: configuration.keyLines[key] ?? cluster?.line,
        key: configuration.keyLines[key] == nil ? "" : key,
        expected: "a kubeconfig to find clusters with", found: error.message,
        advice: error.remedy)
    }
  }

  private func engine(of cluster: ConfiguredCluster, _ index: Int) -> [ConfigurationProblem] {
    let descriptor = engines.first { $0.id == cluster.declaration.engine }
    return (descriptor?.check(cluster.declaration) ?? []).map {
      ConfigurationProblem(
        file: configuration.path, line: cluster.line(of: $0.key),
        key: "clusters[\(index)].\($0.key)", expected: $0.expected, found: $0.found,
        advice: $0.advice)
    }
  }

  private func ledger(of cluster: ConfiguredCluster, _ index: Int) -> [ConfigurationProblem] {
    guard let path = cluster.ledger, let obstacle = Self.obstacle(toWriting: path) else {
      return []
    }
    return [
      ConfigurationProblem(
        file: configuration.path, line: cluster.keyLines["ledger"] ?? cluster.line,
        key: "clusters[\(index)].ledger", expected: "a file that can be written",
        found: obstacle)
    ]
  }

  /// `/proc` and `/sys` let root write, and keep nothing.
  private static func isOfKernel(_ path: String) -> Bool {
    guard let real = realpath(path, nil) else { return false }
    defer { free(real) }
    let place = String(cString: real) + "/"
    return place.hasPrefix("/proc/") || place.hasPrefix("/sys/")
  }

  /// Directories that are missing are made; the first that is there has to let us.
  private static func obstacle(toWriting path: String) -> String? {
    var status = stat()
    if stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFREG else { return "\(path), which is no file" }
      return access(path, R_OK | W_OK) == 0
        ? nil : "\(path): \(String(cString: strerror(errno)))"
    }
    var place = path
    while errno == ENOENT, let slash = place.lastIndex(of: "/"), place != "/" {
      place = slash == place.startIndex ? "/" : String(place[..<slash])
      errno = 0
      if access(place, W_OK | X_OK) == 0 {
        guard !isOfKernel(place) else {
          return "\(place), which is the kernel's and keeps no files"
        }
        guard stat(place, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
          return "\(place), which is no directory"
        }
        return nil
      }
    }
    return "\(place): \(String(cString: strerror(errno)))"
  }
}

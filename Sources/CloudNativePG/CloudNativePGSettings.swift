import PostgresServers
import RecoveryModel
import Transports

/// The engine's own keys of a declared cluster, read and checked.
package struct CloudNativePGSettings: Sendable, Equatable {
  /// nil = the kubeconfig's current context.
  package var context: String?
  /// nil = the context's namespace.
  package var namespace: String?
  /// Name in its namespace.
  package var cluster: String
  /// nil = as kubectl finds it.
  package var kubeconfig: String?
  package var drillNamespace: String
  /// How much larger than the source's a drill's volume is to be.
  package var storageFactor: Double
  /// How to reach the primary by libpq, without a password.
  package var conninfo: [String: String]?
  package var password: Secret?
  /// How to reach single instances by libpq.
  package var instances: [ServerAddress]
  /// Default database of smoke tests.
  package var database: String?
  /// Instances are asked for their metrics (port 9187).
  package var readsMetrics: Bool
  package var store = StoreOptions()

  /// That can be asked by libpq, the primary first.
  var servers: [ServerAddress] {
    (conninfo.map { [ServerAddress(name: "primary", conninfo: $0, password: password)] } ?? [])
      + instances
  }

  /// As a command that is printed names it; nil = by the Cluster's own name.
  var typed: String?

  package static let defaultDrillNamespace = "pgvigil-drills"

  package init(
    cluster: String, context: String? = nil, namespace: String? = nil, kubeconfig: String? = nil,
    drillNamespace: String = defaultDrillNamespace, storageFactor: Double = 1.2,
    conninfo: [String: String]? = nil, password: Secret? = nil,
    instances: [ServerAddress] = [], database: String? = nil, readsMetrics: Bool = true
  ) {
    self.cluster = cluster
    self.context = context
    self.namespace = namespace
    self.kubeconfig = kubeconfig
    self.drillNamespace = drillNamespace
    self.storageFactor = storageFactor
    self.conninfo = conninfo
    self.password = password
    self.instances = instances
    self.database = database
    self.readsMetrics = readsMetrics
  }

  /// Keys accepted under `clusters[]` beside the common ones.
  package static let options: [EngineOption] =
    [
      EngineOption("context", .string, help: "kubeconfig context (the current one)"),
      EngineOption("namespace", .string, help: "namespace of the Cluster (the context's)"),
      EngineOption("cluster", .string, help: "name of the Cluster (the declared name)"),
      EngineOption("kubeconfig", .path, help: "path of the kubeconfig (as kubectl finds it)"),
      EngineOption(
        "drill_namespace", .string, help: "where drills restore to (\(defaultDrillNamespace))"),
      EngineOption("storage_factor", .number, help: "drill volume against the source's (1.2)"),
      EngineOption("conninfo", .string, help: "libpq connection string of the primary"),
      EngineOption("instances", .map, help: "instance: libpq connection string"),
      EngineOption("database", .string, help: "default database of smoke tests"),
      EngineOption("metrics", .string, help: "on or off: read sizes from port 9187 (on)"),
    ] + StoreOptions.options

  /// Throws `RecoveryError` (invalid) that names the key; never quotes a connection string.
  package init(declaration: ClusterDeclaration) throws(RecoveryError) {
    let reader = OptionReader(declaration: declaration)
    self.init(cluster: try reader.text("cluster") ?? declaration.name)
    typed = declaration.typed
    context = try reader.text("context")
    namespace = try reader.text("namespace")
    kubeconfig = try reader.text("kubeconfig")
    database = try reader.text("database")
    drillNamespace = try reader.text("drill_namespace") ?? drillNamespace
    if let text = try reader.text("storage_factor") {
      guard let factor = Double(text), (1...10).contains(factor) else {
        throw reader.invalid("storage_factor", .expected("a number from 1 to 10", found: text))
      }
      storageFactor = factor
    }
    if let text = try reader.text("metrics") {
      guard let isOn = ["on": true, "true": true, "off": false, "false": false][text] else {
        throw reader.invalid("metrics", .expected("on or off", found: text))
      }
      readsMetrics = isOn
    }
    store.endpointURL = try reader.text("store_endpoint")
    store.authorityFile = try reader.text("store_ca")
    store.limit = try reader.storeLimit(prefix: "store_")
    if let text = try reader.text("store_credentials") {
      guard let credentials = StoreOptions.credentials(text) else {
        throw reader.invalid(
          "store_credentials",
          .expected(
            "cluster, environment, identity, profile/NAME, secret/NAME or off", found: text))
      }
      store.credentials = credentials
    }
    if let text = try reader.text("conninfo") {
      let primary = try reader.server("primary", conninfo: text, key: "conninfo")
      (conninfo, password) = (primary.conninfo, primary.password)
    }
    for (name, value) in (try reader.map("instances")).sorted(by: { $0.key < $1.key }) {
      guard let text = value.string else {
        throw reader.invalid("instances.\(name)", .expected("a libpq connection string"))
      }
      instances.append(try reader.server(name, conninfo: text, key: "instances.\(name)"))
    }
    if namespace == drillNamespace {
      throw reader.invalid(
        "drill_namespace", .other("drills never run in the cluster's own namespace"))
    }
  }
}

extension OptionReader {
  fileprivate func map(_ key: String) throws(RecoveryError) -> [String: OptionValue] {
    guard let value = value(key) else { return [:] }
    guard let map = value.map else {
      throw invalid(key, .expected("a map of instance to connection string"))
    }
    return map
  }
}

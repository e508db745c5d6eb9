import FoundationEssentials
import Kubernetes
import RecoveryModel

/// The server settings of a copy: what it needs to start, nothing that acts on the world outside.
struct DrillParameters: Sendable {
  var source: ObjectTree
  var sharedBuffers: String?

  /// A standby refuses to start with less than the primary had (PostgreSQL, "Hot Standby", administrator's overview),
  /// and what decides how stored data is read.
  private static let kept: Set<String> = [
    "max_connections", "max_worker_processes", "max_wal_senders", "max_prepared_transactions",
    "max_locks_per_transaction", "timezone", "lc_messages", "lc_monetary", "lc_numeric", "lc_time",
    "default_text_search_config", "search_path", "default_table_access_method",
  ]

  /// Libraries that act by themselves: jobs, requests, replication.
  private static let busy: Set<String> = [
    "pg_cron", "pg_net", "pg_partman_bgw", "pglogical", "bdr", "pg_squeeze", "pg_later", "pgagent",
  ]

  /// The operator adds these libraries by itself as soon as one of their settings is there.
  private static let managed: Set<String> = [
    "pg_stat_statements", "pgaudit", "auto_explain", "pg_failover_slots",
  ]

  private var libraries: [String] {
    (source.at("spec", "postgresql", "shared_preload_libraries")?.list ?? [])
      .compactMap(\.string).filter { !Self.busy.contains($0) }
  }

  /// `spec.postgresql`.
  var section: ObjectTree {
    let libraries = libraries
    var parameters = (source.at("spec", "postgresql", "parameters")?.strings ?? [:]).filter {
      name, _ in
      if Self.kept.contains(name) { return true }
      guard let prefix = name.split(separator: ".").first.map(String.init), name.contains(".")
      else { return false }
      return libraries.contains(prefix) && !Self.managed.contains(prefix)
    }
    // A subscription in the copy would take over its publisher's slot.
    parameters["max_logical_replication_workers"] = "0"
    if libraries.contains("timescaledb") { parameters["timescaledb.max_background_workers"] = "0" }
    if let sharedBuffers { parameters["shared_buffers"] = sharedBuffers }
    return .object([
      "parameters": .labels(parameters),
      "shared_preload_libraries": libraries.isEmpty ? nil : .list(libraries.map { .string($0) }),
      "extensions": source.at("spec", "postgresql", "extensions"),
    ])
  }

  /// Little is asked for, and no more is allowed than production has.
  var resources: ObjectTree {
    let limits = source.at("spec", "resources", "limits")?.keeping(["cpu", "memory"])
    var memory: Int64 = 512 << 20
    // The operator refuses a request below shared_buffers.
    if let buffers = sharedBuffers.flatMap(ByteSize.setting) { memory = max(memory, buffers * 2) }
    if let most = Quantity.bytes(limits?.at("memory")?.string) { memory = min(memory, most) }
    let processors = limits?.at("cpu")?.string.flatMap(Self.millicores)
    let request: ObjectTree = .object([
      "cpu": .string("\(min(250, processors ?? 250))m"), "memory": .string("\(memory >> 20)Mi"),
    ])
    return .object([
      "requests": request,
      "limits": limits ?? .object(["memory": .string("\(max(memory * 4, 2 << 30) >> 20)Mi")]),
    ])
  }

  /// Kubernetes takes `1e30` for a quantity.
  private static func millicores(_ text: String) -> Int? {
    Quantity.value(text).map { Int(min($0 * 1000, 1e15)) }
  }
}

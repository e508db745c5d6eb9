import RecoveryModel

/// Every key of the configuration file, for the README and the manual; a test tries each on the reader.
package struct ConfigurationKey: Sendable, Equatable {
  package var path: String
  /// What it is when it is left out.
  package var fallback: String
  package var help: String

  init(_ path: String, _ fallback: String, _ help: String) {
    self.path = path
    self.fallback = fallback
    self.help = help
  }

  package static let general: [ConfigurationKey] = [
    .init("interval", "2s", "time between refreshes, 0.2s to 1h"),
    .init(
      "theme", "dark",
      "a file's name in `themes/`, without `.yaml`: beside the program (`../share/pgvigil/themes`), or "
        + "your own in `$XDG_CONFIG_HOME/pgvigil/themes`, which goes first"),
    .init("read_only", "false", "true switches off every key and command that acts"),
    .init(
      "price_per_gib_month", "0.005",
      "USD that a GiB in the repository costs per month; an assumption, for the figures"),
    .init("wallboard.cycle", "15s", "how long a wallboard stays on one cluster"),
    .init(
      "kubeconfig", "`KUBECONFIG`, `~/.kube/config`",
      "file to find CloudNativePG clusters with; asks for them to be looked for"),
    .init(
      "contexts[]", "the current one",
      "contexts of the kubeconfig to look in; asks for clusters to be looked for"),
    .init(
      "namespaces[]", "all that may be seen",
      "namespaces to look in; asks for clusters to be looked for"),
    .init("defaults.targets.rpo", "5m", "of clusters that are found by themselves"),
    .init("defaults.targets.rto", "1h", "the same"),
    .init("defaults.backup_interval", "1d", "the same"),
    .init("defaults.retention", "as the engine is set", "the same"),
    .init("defaults.drill.interval", "7d", "the same"),
    .init("defaults.drill.place", "the engine's own", "the same"),
    .init("defaults.drill.timeout", "4h", "the same"),
    .init("defaults.drill.shared_buffers", "the backup's own", "the same"),
    .init("clusters[].name", "required", "letters, digits, `-`, `_`, `.`"),
    .init(
      "clusters[].engine", "required",
      "what runs its backups: `pgbackrest`, `cloudnativepg`, `barman-cloud` or `store`"),
    .init("clusters[].targets.rpo", "5m", "how much may be lost"),
    .init("clusters[].targets.rto", "1h", "how long a recovery may take"),
    .init("clusters[].backup_interval", "1d", "how often a base backup is expected"),
    .init("clusters[].retention", "as the engine is set", "how far back it must be restorable"),
    .init(
      "clusters[].ledger", "the state directory",
      "file of the drills' records; share it among all who watch (CloudNativePG clusters have"
        + " a ConfigMap for that)"),
    .init("clusters[].drill.interval", "7d", "how often a drill must pass"),
    .init("clusters[].drill.place", "the engine's own", "directory for throw-away copies"),
    .init("clusters[].drill.timeout", "4h", "a drill that takes longer has failed"),
    .init("clusters[].drill.shared_buffers", "the backup's own", "`shared_buffers` of the copy"),
    .init(
      "clusters[].drill.marker.database", "nothing is written",
      "database of the table that `drill --marker` plants its row in"),
    .init(
      "clusters[].drill.marker.table", "nothing is written",
      "that table with its schema, as `pgvigil.marker`; it has a text column `token`"),
    .init("clusters[].smoke_tests[].name", "required", "its name in records"),
    .init(
      "clusters[].smoke_tests[].sql", "required", "one read-only statement that yields one value"),
    .init(
      "clusters[].smoke_tests[].expect", "required",
      "`>= 1`, `equals X`, `within 5% of production`, `newer than 1h`"),
    .init("clusters[].smoke_tests[].database", "the engine's", "database to connect to"),
    .init("clusters[].smoke_tests[].timeout", "1m", "statement timeout"),
  ]

  /// The README's table, in Markdown: the general keys, then each engine's own.
  package static func table(engines: [EngineDescriptor]) -> String {
    let own = engines.flatMap { engine in
      engine.options.map { option in
        ConfigurationKey(
          "clusters[].\(option.key)", option.required ? "required" : "see text",
          "\(engine.id): \(option.help)")
      }
    }
    let rows = (general + own).map { key in
      let help = key.help.split(separator: "|").joined(separator: "\\|")
      return "| `\(key.path)` | \(key.fallback) | \(help) |"
    }
    return (["| Key | Default | Meaning |", "|---|---|---|"] + rows).joined(separator: "\n")
  }
}

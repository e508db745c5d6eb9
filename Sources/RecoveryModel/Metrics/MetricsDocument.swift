import FoundationEssentials

/// The fleet in Prometheus' text format (version 0.0.4).
public struct MetricsDocument: Sendable {
  /// What a scraper is told the body is.
  public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  public var fleet: FleetSnapshot
  public var version: String
  /// Ages are counted up to here: a picture that did not change grows older all the same.
  public var now: Date

  public init(fleet: FleetSnapshot, version: String, now: Date) {
    self.fleet = fleet
    self.version = version
    self.now = now
  }

  /// Families in the table's order, each with its HELP and TYPE; a family without samples is left out.
  public var text: String {
    var lines = family("pgvigil_build_info", "The version that answers.")
    lines.append("pgvigil_build_info\(Self.labels([("version", version)])) 1")
    lines += family("pgvigil_snapshot_timestamp_seconds", "When the picture last changed.")
    lines.append(
      "pgvigil_snapshot_timestamp_seconds "
        + Self.number(fleet.takenAt.timeIntervalSince1970.rounded(.down)))
    if !fleet.contexts.isEmpty {
      lines += family(Self.contextUp.name, Self.contextUp.help)
      lines += fleet.contexts.map {
        Self.contextUp.name + Self.labels([("context", Sanitizer.clean($0.name))])
          + ($0.isUp ? " 1" : " 0")
      }
    }
    for metric in MetricTable.all {
      let samples = fleet.clusters.flatMap { self.samples(metric, of: $0) }
      guard !samples.isEmpty else { continue }
      lines += family(metric.name, metric.help) + samples
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Names of every family that can appear.
  public static var names: [String] {
    ["pgvigil_build_info", "pgvigil_snapshot_timestamp_seconds", contextUp.name]
      + MetricTable.all.map(\.name)
  }

  /// Of each place where clusters are looked for: one that is gone has no clusters whose samples could tell.
  private static let contextUp = (
    name: "pgvigil_context_up",
    help: "1 when the kubeconfig's context tells what clusters it has, 0 when it does not answer."
  )

  /// The README's table, in Markdown.
  public static var table: String {
    let rows = [contextUp] + MetricTable.all.map { (name: $0.name, help: $0.help) }
    return (["| Metric | Is |", "|---|---|"] + rows.map { "| `\($0.name)` | \($0.help) |" })
      .joined(separator: "\n")
  }

  private func family(_ name: String, _ help: String) -> [String] {
    ["# HELP \(name) \(help)", "# TYPE \(name) gauge"]
  }

  private func samples(_ metric: Metric, of cluster: ClusterSnapshot) -> [String] {
    let own = [
      ("cluster", Sanitizer.clean(cluster.declaration.name)),
      ("engine", Sanitizer.clean(cluster.declaration.engine)),
    ]
    return metric.samples(cluster, now).filter { $0.value.isFinite }.map {
      metric.name + Self.labels(own + $0.labels) + " " + Self.number($0.value)
    }
  }

  private static func labels(_ labels: [(String, String)]) -> String {
    "{" + labels.map { "\($0.0)=\"\(escaped($0.1))\"" }.joined(separator: ",") + "}"
  }

  private static func escaped(_ value: String) -> String {
    value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }

  /// To the thousandth, whole numbers without a point.
  private static func number(_ value: Double) -> String {
    let rounded = abs(value) < 1e12 ? (value * 1000).rounded() / 1000 : value
    return Int64(exactly: rounded).map { "\($0)" } ?? "\(rounded)"
  }
}

import FoundationEssentials
import RecoveryModel

/// The fleet in Prometheus' text format (version 0.0.4).
package struct MetricsDocument: Sendable {
  /// What a scraper is told the body is.
  package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  package var fleet: FleetSnapshot
  package var version: String
  /// Ages are counted up to here: a picture that did not change grows older all the same.
  package var now: Date

  package init(fleet: FleetSnapshot, version: String, now: Date) {
    self.fleet = fleet
    self.version = version
    self.now = now
  }

  /// Families in the table's order, each with its HELP and TYPE; a family without samples is left out.
  package var text: String {
    var lines = Self.head(version: version, isUp: true)
    lines += Self.family(Self.snapshotTime.name, Self.snapshotTime.help)
    // Nothing is claimed of no cluster, and nothing can be new there.
    let takenAt = fleet.clusters.isEmpty ? now : fleet.takenAt
    lines.append(
      Self.snapshotTime.name + " " + Self.number(takenAt.timeIntervalSince1970.rounded(.down)))
    if !fleet.contexts.isEmpty {
      lines += Self.family(Self.contextUp.name, Self.contextUp.help)
      lines += fleet.contexts.map {
        Self.contextUp.name + Self.labels([("context", Sanitizer.clean($0.name))])
          + ($0.isUp ? " 1" : " 0")
      }
    }
    for metric in MetricTable.all {
      let samples = fleet.clusters.flatMap { self.samples(metric, of: $0) }
      guard !samples.isEmpty else { continue }
      lines += Self.family(metric.name, metric.help) + samples
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// What is left to say where no picture could be had: an older one's figures are not to stand.
  package static func failure(version: String) -> String {
    head(version: version, isUp: false).joined(separator: "\n") + "\n"
  }

  private static func head(version: String, isUp: Bool) -> [String] {
    family("pgvigil_build_info", "The version that answers.")
      + ["pgvigil_build_info\(labels([("version", version)])) 1"]
      + family(up.name, up.help) + ["\(up.name) \(isUp ? 1 : 0)"]
  }

  /// Names of every family that can appear.
  package static var names: [String] {
    ["pgvigil_build_info", up.name, snapshotTime.name, contextUp.name]
      + MetricTable.all.map(\.name)
  }

  private static let up = (
    name: "pgvigil_up",
    help: "1 when there is a picture, 0 when the command could not run: then nothing else is said."
  )
  private static let snapshotTime = (
    name: "pgvigil_snapshot_timestamp_seconds",
    help: "When something new was last heard of any cluster."
  )

  /// Of each place where clusters are looked for: one that is gone has no clusters whose samples could tell.
  private static let contextUp = (
    name: "pgvigil_context_up",
    help: "1 when the kubeconfig's context tells what clusters it has, 0 when it does not answer."
  )

  /// The README's table, in Markdown.
  package static var table: String {
    let rows =
      [up, snapshotTime, contextUp] + MetricTable.all.map { (name: $0.name, help: $0.help) }
    return (["| Metric | Is |", "|---|---|"] + rows.map { "| `\($0.name)` | \($0.help) |" })
      .joined(separator: "\n")
  }

  private static func family(_ name: String, _ help: String) -> [String] {
    ["# HELP \(name) \(help)", "# TYPE \(name) gauge"]
  }

  private func samples(_ metric: Metric, of cluster: ClusterSnapshot) -> [String] {
    let own = [
      ("cluster", Sanitizer.clean(cluster.declaration.name)),
      ("engine", Sanitizer.clean(cluster.declaration.engine)),
    ]
    return metric.samples(cluster, now).filter { !$0.value.isNaN }.map {
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
    guard value.isFinite else { return value > 0 ? "+Inf" : "-Inf" }
    let rounded = abs(value) < 1e12 ? (value * 1000).rounded() / 1000 : value
    return Int64(exactly: rounded).map { "\($0)" } ?? "\(rounded)"
  }
}

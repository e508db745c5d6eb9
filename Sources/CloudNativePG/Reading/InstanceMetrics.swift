import FoundationEssentials
import Kubernetes
import RecoveryModel
import Transports

/// What an instance's metrics (`:9187/metrics`) tell and `/pg/status` does not: sizes.
package struct InstanceMetrics: Sendable, Equatable {
  /// All databases together.
  package var databaseBytes: Int64?
  /// Files in pg_wal.
  package var walBytes: Int64?
  /// Segments that wait to be archived.
  package var readyWALFiles: Int?
  package var lastArchivedAt: Date?
  package var lastFailedAt: Date?

  /// Reads Prometheus' text format; lines that it cannot read are left out.
  package init(text: String) {
    for line in text.split(separator: "\n") where line.hasPrefix("cnpg_") {
      guard let sample = PrometheusSample(line) else { continue }
      switch (sample.name, sample.labels["value"]) {
      case ("cnpg_pg_database_size_bytes", _):
        databaseBytes = (databaseBytes ?? 0) + (sample.bytes ?? 0)
      case ("cnpg_collector_pg_wal", "size"): walBytes = sample.bytes
      case ("cnpg_collector_pg_wal_archive_status", "ready"):
        readyWALFiles = sample.bytes.map(Int.init)
      case ("cnpg_pg_stat_archiver_last_archived_time", _): lastArchivedAt = sample.time
      case ("cnpg_pg_stat_archiver_last_failed_time", _): lastFailedAt = sample.time
      default: break
      }
    }
  }
}

/// What an instance's metrics told at a moment.
package struct MetricsLook: Sendable, Equatable {
  package var metrics: InstanceMetrics
  package var at: Date

  package init(_ metrics: InstanceMetrics, at: Date) {
    self.metrics = metrics
    self.at = at
  }
}

extension [MetricsLook] {
  /// Five hours of them at the usual pace; beyond that every second one of the older half goes, so that they reach ever
  /// further back.
  private static var most: Int { 60 }

  mutating func note(_ look: MetricsLook) {
    append(look)
    guard count > Self.most else { return }
    let half = count / 2
    self = prefix(half).enumerated().filter { $0.offset % 2 == 0 }.map(\.element) + dropFirst(half)
  }
}

extension CloudNativePGFacts {
  /// Takes sizes from the metrics of an instance. What is used is at least that: databases and WAL are not all that a
  /// volume holds. `looks` are all that are kept of it, oldest first.
  package mutating func apply(_ looks: [MetricsLook], of instance: String) {
    guard let metrics = looks.last?.metrics else { return }
    if instance == currentPrimary {
      databaseBytes = metrics.databaseBytes
      primaryMetrics = metrics
    }
    let separate = cluster.spec.walStorage != nil
    for claim in claims.value ?? [] where claim.instanceName == instance {
      guard let used = Self.used(metrics, on: claim.content, separateWAL: separate) else {
        continue
      }
      let fills = looks.compactMap { look in
        Self.used(look.metrics, on: claim.content, separateWAL: separate).map { ($0, look.at) }
      }
      volumes[claim.name] = VolumeFill(usedBytes: used, growth: VolumeGrowth(fills))
    }
  }

  private static func used(
    _ metrics: InstanceMetrics, on content: VolumeUsage.Content, separateWAL: Bool
  ) -> Int64? {
    switch content {
    case .wal: metrics.walBytes
    case .data:
      metrics.databaseBytes.map { $0 + (separateWAL ? 0 : metrics.walBytes ?? 0) }
    // Databases are not told apart by tablespace.
    case .tablespace: nil
    }
  }
}

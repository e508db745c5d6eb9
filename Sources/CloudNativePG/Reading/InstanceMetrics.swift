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

extension CloudNativePGFacts {
  /// Takes sizes from the metrics of an instance. What is used is at least that: databases and WAL are not all that a
  /// volume holds. `earlier` is what the same instance told so many `seconds` before.
  package mutating func apply(
    _ metrics: InstanceMetrics, of instance: String,
    earlier: (metrics: InstanceMetrics, seconds: Double)? = nil
  ) {
    if instance == currentPrimary {
      databaseBytes = metrics.databaseBytes
      primaryMetrics = metrics
    }
    let separate = cluster.spec.walStorage != nil
    for claim in claims.value ?? [] where claim.instanceName == instance {
      guard let used = Self.used(metrics, on: claim.content, separateWAL: separate) else {
        continue
      }
      var growth: Double?
      if let earlier, earlier.seconds > 0,
        let before = Self.used(earlier.metrics, on: claim.content, separateWAL: separate)
      {
        growth = Double(used - before) / earlier.seconds
      }
      volumes[claim.name] = VolumeFill(usedBytes: used, growthPerSecond: growth)
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

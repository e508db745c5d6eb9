import FoundationEssentials
import RecoveryModel
import Testing

@testable import CloudNativePG

private typealias Stage = CloudNativePGStage

@Suite("CloudNativePG metrics") struct CloudNativePGMetricsTests {
  private static let text = """
    # HELP cnpg_collector_pg_wal Total size in bytes of WAL segments
    # TYPE cnpg_collector_pg_wal gauge
    cnpg_collector_pg_wal{value="count"} 9
    cnpg_collector_pg_wal{value="size"} 1.50994944e+08
    cnpg_collector_pg_wal{value="volume_max"} NaN
    cnpg_collector_pg_wal_archive_status{value="ready"} 3
    cnpg_pg_database_size_bytes{datname="app"} 7.3e+06 1755770760000
    cnpg_pg_database_size_bytes{datname="we\\"i}rd"} 100
    cnpg_pg_database_size_bytes{datname="broken
    cnpg_collector_up{cluster="pg-main"} 1
    go_goroutines 12
    """

  @Test func sizesAreRead() {
    let metrics = InstanceMetrics(text: Self.text)
    #expect(metrics.walBytes == 150_994_944)
    #expect(metrics.readyWALFiles == 3)
    #expect(metrics.databaseBytes == 7_300_100)
    #expect(InstanceMetrics(text: "<html>").databaseBytes == nil)
    let absurd = "cnpg_pg_database_size_bytes{datname=\"a\"} 1e300\n"
    #expect(InstanceMetrics(text: absurd + absurd).databaseBytes ?? 0 > 0)
  }

  @Test func volumesFillFromThem() throws {
    var metrics = InstanceMetrics(text: "")
    metrics.walBytes = 4 << 30
    // From 3 GiB on, within an hour, at each of ten looks.
    let looks = (0...9).map { index in
      var earlier = metrics
      earlier.walBytes = (4 << 30) - Int64(9 - index) * (1025 << 20) / 9
      return MetricsLook(earlier, at: Stage.ago(3600 - Double(index) * 400))
    }
    let facts = try Stage.facts { $0.apply(looks, of: "pg-main-1") }
    #expect(facts.volumes["pg-main-1"] == nil)
    #expect(facts.volumes["pg-main-1-wal"]?.usedBytes == 4 << 30)
    let finding = try #require(Stage.finding("cnpg.volume.filling", facts))
    #expect(finding.id == "cnpg.volume.filling:pg-main-1-wal")
    #expect(finding.headline.contains("80 % full, 59m left at the present rate"))
    #expect(finding.severity == .critical)
  }

  @Test("without a volume of its own WAL lies with the data")
  func sharedVolume() throws {
    var metrics = InstanceMetrics(text: "")
    metrics.walBytes = 1 << 30
    metrics.databaseBytes = 2 << 30
    let facts = try Stage.facts {
      $0.cluster.spec.walStorage = nil
      $0.apply([MetricsLook(metrics, at: Stage.now)], of: "pg-main-1")
    }
    #expect(facts.volumes["pg-main-1"]?.usedBytes == 3 << 30)
    #expect(facts.databaseBytes == 2 << 30)
  }
}

import FoundationEssentials
import RecoveryModel
import Testing

@testable import ObjectStores

@Suite struct BackupInfoTests {
  private func info(_ name: String) throws -> BackupInfo {
    try #require(BackupInfo(text: try Recorded.text("backup-info/\(name).info")))
  }

  @Test func aDoneOneIsReadWhole() throws {
    let info = try info("auth-db-20261129T111436")
    #expect(info.status == "DONE")
    #expect(info.error == nil)
    #expect(info.beginWAL == "000000010000000000000007")
    #expect(info.endWAL == "000000010000000000000007")
    #expect(info.beginLSN == LSN(text: "0/7000028"))
    #expect(info.endLSN == LSN(text: "0/7000100"))
    #expect(info.endTime.map(Format.timestamp) == "2026-11-29T11:14:43Z")
    #expect(info.timeline == 1)
    #expect(info.systemIdentifier == "7713550176793581114")
    #expect(info.version == 150_018)
    #expect(info.segmentSize == 16 << 20)
    #expect(info.clusterBytes == 23_273_161)
    #expect(info.checksums == false)
    #expect(!info.isSnapshot)
  }

  @Test func tablespacesAndOtherSegmentSizesAreRead() throws {
    let info = try info("shop-db-20261129T111429")
    #expect(info.segmentSize == 1 << 20)
    #expect(info.tablespaces == [.init(name: "fast", oid: 16387)])
    #expect(
      BackupInfo.tablespaces(#"[('a, (b', 1, '/x'), ("it's", 2, '/y'), ('q\'t', 3, '/z')]"#)
        .map(\.oid) == [1, 2, 3])
  }

  @Test func failedAndBegunOnesSaySo() throws {
    let failed = try info("failed")
    #expect(failed.status == "FAILED")
    #expect(
      failed.error
        == "failure uploading data (Missing required python module: python-snappy)")
    #expect(failed.endTime == nil)
    let started = try info("started")
    #expect(started.status == "STARTED")
    #expect(started.beginTime != nil)
    #expect(started.endTime == nil)
  }

  @Test func oldOnesLackKeysAndAreReadAllTheSame() throws {
    let info = try info("barman-3.4")
    #expect(info.status == "DONE")
    #expect(info.endTime != nil)
    #expect(info.beginWAL != nil)
    #expect(info.clusterBytes == nil)
    #expect(info.segmentSize == 16 << 20)
  }

  @Test func unknownKeysAndBrokenValuesCostNothingElse() throws {
    let info = try #require(
      BackupInfo(
        text: "# comment\nstatus = DONE\nnew_key=[1, 2]\nversion=soon\nxlog_segment_size=12345\n"
          + "end_time=yesterday\nno equals\nend_wal=None\nsystemid=7\r\n"))
    #expect(info.status == "DONE")
    #expect(info.systemIdentifier == "7")
    #expect(info.version == nil)
    #expect(info.segmentSize == nil)
    #expect(info.endTime == nil)
    #expect(info.endWAL == nil)
  }

  @Test(arguments: ["", "{}", "<Error/>", "begin_time=2026-01-01 00:00:00"])
  func whatNamesNoStatusIsNone(text: String) { #expect(BackupInfo(text: text) == nil) }
}

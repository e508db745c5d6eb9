import Foundation
import ObjectStoreStandIn
import RecoveryModel
import TestSupport
import Testing
import Transports

@testable import ObjectStores

/// Contents that a real PostgreSQL wrote, whole and spoiled.
@Suite(
  "Scrubs of a live sandbox", .serialized,
  .enabled(if: Binary.serversAreInstalled, "PostgreSQL and pgBackRest are not installed"))
struct ScrubTests {
  @Test("pgBackRest's repository, and each way in which an object can be damaged")
  func repository() throws {
    let sandbox = try LiveSandbox()
    #expect(try sandbox.run("backup", "auth-db").status == 0)
    for number in 0..<4 {
      try sandbox.sql("CREATE TABLE scrubbed_\(number) AS SELECT generate_series(1, 9000) n")
      try sandbox.sql("SELECT pg_switch_wal()")
    }
    let archive = "\(sandbox.directory)/repository/archive/auth-db/15-1/0000000100000000"
    try sandbox.eventually("the segments are archived") {
      try segments(archive).count >= 4
        && sandbox.sql("SELECT failed_count FROM pg_stat_archiver") == "0"
    }
    let good = try sandbox.run("scrub", "auth-db", "--json")
    #expect(good.status == 0, "\(good.output)\(good.error)")
    #expect(good.output.contains("\"damaged\" : [\n\n  ]"), "\(good.output)")

    let files = try segments(archive).suffix(3).map { "\(archive)/\($0)" }
    let whole = try files.map { try Data(contentsOf: URL(filePath: $0)) }
    var flipped = whole[0]
    // One bit of a run of zeros may be another way to write the same.
    for index in flipped.count / 4..<flipped.count / 4 + 64 { flipped[index] ^= 4 }
    try overwrite(files[0], with: flipped)
    try overwrite(files[1], with: whole[1].prefix(whole[1].count / 2))
    // Another segment's contents under this name.
    try overwrite(files[2], with: whole[1])
    let bad = try sandbox.run("scrub", "auth-db", "--json")
    #expect(bad.status == 1, "\(bad.output)\(bad.error)")
    for file in files {
      let name = URL(filePath: file).lastPathComponent
      #expect(bad.output.contains(name), "\(name) in \(bad.output)")
    }
    #expect(try sandbox.status().cluster["verdict"] as? String == "AT RISK")
    for (file, bytes) in zip(files, whole) { try overwrite(file, with: bytes) }
    #expect(try sandbox.run("scrub", "auth-db", "--json").status == 0)
    #expect(try !sandbox.findings().contains("scrub.damaged"))
  }

  @Test("a bucket with a real server's WAL, read with PostgreSQL's own pg_waldump")
  func bucket() async throws {
    let sandbox = try LiveSandbox()
    for number in 0..<3 {
      try sandbox.sql("CREATE TABLE scrubbed_\(number) AS SELECT generate_series(1, 30000) n")
      try sandbox.sql("SELECT pg_switch_wal()")
    }
    let system = try sandbox.sql("SELECT system_identifier FROM pg_control_system()")
    let version = try sandbox.sql("SHOW server_version_num")
    let current = try sandbox.sql("SELECT pg_walfile_name(pg_current_wal_lsn())")
    let pgWAL = "\(sandbox.directory)/primary/pg_wal"
    let names = try FileManager.default.contentsOfDirectory(atPath: pgWAL)
      .filter { $0.utf8.count == 24 && $0 < current }.sorted()
    try #require(names.count >= 3)
    let bucket = BucketInMemory()
    bucket.put(
      "k8s/auth-db/base/20261129T110000/backup.info",
      "status=DONE\nbegin_time=2026-11-29 11:00:00+00:00\nend_time=2026-11-29 11:00:05+00:00\n"
        + "begin_wal=\(names[0])\nend_wal=\(names[0])\ntimeline=1\nsystemid=\(system)\n"
        + "version=\(version)\nxlog_segment_size=1048576\n")
    func key(_ name: String) -> String { "k8s/auth-db/wals/\(name.prefix(16))/\(name)" }
    for name in names {
      bucket.put(key(name), [UInt8](try Data(contentsOf: URL(filePath: "\(pgWAL)/\(name)"))))
    }
    let good = try await readings(bucket)
    #expect(good.count == names.count)
    for (name, reading) in good { #expect(reading == .good(.records), "\(name): \(reading)") }

    let other = sandbox.directory + "/other"
    try sandbox.asOwner([
      try #require(Binary.postgresBin) + "/initdb", "-D", other, "-A", "trust", "--no-sync",
      "--wal-segsize=1",
    ])
    let foreign = try FileManager.default.contentsOfDirectory(atPath: other + "/pg_wal")
      .filter { $0.utf8.count == 24 }.sorted()
    let bytes = try Data(contentsOf: URL(filePath: "\(other)/pg_wal/\(foreign[0])"))
    let changes: [(String, @Sendable (inout [UInt8]) -> Void)] = [
      ("checksum", { $0[3000] ^= 2 }), ("a segment has", { $0.removeLast(1000) }),
      ("another system", { [bytes] in $0 = [UInt8](bytes) }),
    ]
    for (index, change) in changes.enumerated() { bucket.change(key(names[index]), change.1) }
    let bad = try await readings(bucket)
    for (index, name) in names.enumerated() {
      let reading = try #require(bad["wals/\(name.prefix(16))/\(name)"])
      guard index < changes.count else {
        #expect(reading == .good(.records), "\(name): \(reading)")
        continue
      }
      guard case .faulty(let what) = reading else {
        Issue.record("\(name): \(reading)")
        continue
      }
      #expect(what.contains(changes[index].0), "\(name): \(what)")
    }
  }

  private func readings(_ bucket: BucketInMemory) async throws -> [String: ScrubReading] {
    let inventory = try await BarmanContents(
      client: bucket.client(), prefix: "k8s/auth-db/", tools: ContentTools(),
      now: { BucketInMemory.now }
    ).inventory()
    var readings: [String: ScrubReading] = [:]
    for item in inventory.items { readings[item.object] = await inventory.read(item) { _ in } }
    return readings
  }

  private func segments(_ archive: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: archive)
      .filter { $0.contains("-") }.sorted()
  }

  /// Its owner and place stay.
  private func overwrite(_ path: String, with bytes: Data) throws {
    let file = try FileHandle(forWritingTo: URL(filePath: path))
    try file.truncate(atOffset: 0)
    try file.write(contentsOf: bytes)
    try file.close()
  }
}

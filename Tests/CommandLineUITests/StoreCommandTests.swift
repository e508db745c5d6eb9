import FoundationEssentials
import RecoveryModel
import TestSupport
import Testing

@testable import CommandLineUI

@Suite struct StoreCommandTests {
  private static func backup(_ id: String, _ minutes: Double, segment: UInt64) -> StoredBackup {
    var backup = Backup(
      id: id, kind: .full, startedAt: Fixture.ago(minutes * 60 + 7),
      finishedAt: Fixture.ago(minutes * 60), timeline: 1,
      startSegment: WALSegment(timeline: 1, number: segment),
      stopSegment: WALSegment(timeline: 1, number: segment))
    backup.startLSN = LSN(segment << 24)
    backup.identity.systemIdentifier = "7713550176793581114"
    var stored = StoredBackup(backup: backup, status: "DONE")
    stored.dataObjects = 1
    stored.dataBytes = 3_105_881
    stored.compression = "gzip"
    stored.segmentSize = 16 << 20
    return stored
  }

  private static func server(
    _ name: String, backups: [StoredBackup], segments: [UInt64]
  ) -> StoredServer {
    var server = StoredServer(name: name, path: "s3://backups/k8s/\(name)")
    server.backups = .value(backups, source: "\(server.path)/base/", at: Fixture.date)
    var wal = StoredWAL(
      archive: WALArchive(
        segmentSize: 16 << 20,
        segments: segments.map {
          ArchivedSegment(
            segment: WALSegment(timeline: 1, number: $0), storedBytes: 16_500,
            archivedAt: Fixture.ago(3600 - 60 * Double($0)))
        }))
    wal.objects = segments.count
    wal.bytes = Int64(segments.count) * 16_500
    wal.compressions = ["gzip": segments.count]
    server.wal = .value(wal, source: "\(server.path)/wals/", at: Fixture.date)
    server.uploads = .value(UploadRemains(count: 0, oldestAt: nil), source: "", at: Fixture.date)
    server.encryption = .value("AES256", source: "data.tar.gz", at: Fixture.date)
    return server
  }

  private static func survey(_ servers: StoredServer...) -> StoreSurvey {
    StoreSurvey(
      place: "s3://backups/k8s/", endpoint: "https://fsn1.example.com", servers: servers,
      takenAt: Fixture.date, requests: 16, bytesRead: 17_144)
  }

  private static let healthy = server(
    "auth-db",
    backups: [
      backup("20261122T110000", 50, segment: 3), backup("20261122T113000", 30, segment: 6),
    ],
    segments: Array(1...12))
  private static let holed = server(
    "shop-db", backups: [backup("20261122T110000", 50, segment: 3)],
    segments: Array(1...5) + Array(7...12))
  private static let bare = server("old-db", backups: [], segments: [1, 2])

  @Test func theTextFitsAndSaysWhatIsThere() async {
    let stage = Stage(store: .success(Self.survey(Self.healthy, Self.holed, Self.bare)))
    #expect(await stage.run("store", "s3://backups/k8s") == .worst)
    Golden.expect(stage.state.answer, is: "store.txt")
    for line in stage.state.answer.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
  }

  @Test func theDocumentHasItsKeys() async throws {
    let stage = Stage(store: .success(Self.survey(Self.healthy, Self.holed)))
    #expect(await stage.run("store", "s3://backups/k8s", "--json") == .bad)
    Golden.expect(stage.state.answer, is: "store.json")
  }

  @Test func theExitStatusIsThatOfTheWorst() async {
    let statuses: [(StoreSurvey, CommandLineUI.ExitStatus)] = [
      (Self.survey(Self.healthy), .good), (Self.survey(Self.healthy, Self.holed), .bad),
      (Self.survey(Self.bare, Self.healthy), .worst), (Self.survey(), .undecided),
      (Self.survey(StoredServer(name: "x", path: "s3://x")), .undecided),
    ]
    for (survey, status) in statuses {
      #expect(await Stage(store: .success(survey)).run("store", "s3://backups") == status)
    }
    let refused = Stage(store: .failure(RecoveryError(.invalid, "no such bucket")))
    #expect(await refused.run("store", "s3://backups") == .undecided)
    #expect(refused.state.diagnostics.contains("no such bucket"))
  }

  @Test func optionsReachTheStore() async {
    let stage = Stage(store: .success(Self.survey()))
    _ = await stage.run(
      "store", "s3://b/p", "--endpoint-url", "https://h", "--region", "fsn1", "--profile",
      "backups",
      "--ca", "/ca.pem", "--path-style")
    _ = await stage.run("store", "--host-style", "s3://b")
    #expect(
      stage.state.stores == [
        StoreQuestion(
          address: "s3://b/p", endpointURL: "https://h", region: "fsn1", profile: "backups",
          authorityFile: "/ca.pem", usesPathStyle: true),
        StoreQuestion(address: "s3://b", usesPathStyle: false),
      ])
    #expect(await stage.run("store", "s3://b", "--host-style", "--path-style") == .undecided)
  }

  @Test func nothingFromTheStoreReachesTheTerminalAsItIs() async {
    var server = Self.healthy
    server.name = "evil\u{1B}[31m"
    let stage = Stage(store: .success(Self.survey(server)))
    _ = await stage.run("store", "s3://b")
    #expect(!stage.state.answer.contains("\u{1B}"))
  }
}

import FoundationEssentials
import Glibc
import RecoveryModel
import Synchronization
import TestSupport
import Testing

@testable import CommandLineUI

@Suite struct MetricsTests {
  @Test func textOfAFleet() async {
    let stage = Stage([Fixture.cluster(), Fixture.gapCluster(name: "shop-db")])
    #expect(await stage.run("metrics") == .good)
    Golden.expect(stage.state.answer, is: "metrics.prom")
  }

  /// One HELP and one TYPE before each family's samples, names of ours, no sample twice.
  @Test func textFollowsTheFormat() {
    let text = MetricsDocument(
      fleet: Fixture.fleet([Fixture.cluster(), Fixture.gapCluster(name: "b")]), version: "0",
      now: Fixture.date
    ).text
    var family = ""
    var seen: Set<Substring> = []
    for line in text.split(separator: "\n") {
      if line.hasPrefix("# HELP ") {
        family = String(line.dropFirst(7).prefix { $0 != " " })
        #expect(MetricsDocument.names.contains(family))
        #expect(!text.contains("# HELP \(family) \(family)"))
      } else if line.hasPrefix("# TYPE ") {
        #expect(line == "# TYPE \(family) gauge")
      } else {
        let name = line.prefix { $0 != "{" && $0 != " " }
        #expect(name == family)
        let series = line.prefix { $0 != " " }
        #expect(seen.insert(series).inserted, "\(series)")
        #expect(Double(line.split(separator: " ").last ?? "") != nil)
      }
    }
    #expect(text.hasSuffix("\n"))
  }

  @Test func agesGrowWhileThePictureStays() {
    var document = MetricsDocument(fleet: Fixture.fleet(), version: "0", now: Fixture.date)
    #expect(document.text.contains("pgvigil_backup_last_age_seconds{cluster=\"auth-db\",engine="))
    #expect(document.text.contains("\"pgbackrest\"} 32400\n"))
    document.now = Fixture.date.addingTimeInterval(60)
    #expect(document.text.contains("\"pgbackrest\"} 32460\n"))
  }

  /// What is unknown is not there: a 0 would be a claim.
  @Test func unknownFiguresHaveNoSample() {
    let cluster = Fixture.cluster(
      verdict: .unknown, report: EngineReport(), drills: [], window: nil, exposure: nil,
      projection: nil)
    let text = MetricsDocument(
      fleet: Fixture.fleet([cluster]), version: "0", now: Fixture.date
    ).text
    for name in ["rpo_exposed", "rto_projected", "backup_last", "backups{", "drill_last"] {
      #expect(!text.contains("pgvigil_\(name)"), "\(name)")
    }
    #expect(text.contains("verdict=\"unknown\"} 1\n"))
  }

  /// Nobody looked for holes behind a claim.
  @Test func onlyAListedArchiveHasACountOfHoles() {
    let name = "\npgvigil_recovery_window_holes{"
    let text = { (window: RecoveryWindow?) in
      MetricsDocument(
        fleet: Fixture.fleet([Fixture.cluster(window: window)]), version: "0", now: Fixture.date
      ).text
    }
    var claimed = Fixture.window()
    #expect(text(claimed).contains(name))
    claimed.basis = .claimed
    #expect(!text(claimed).contains(name))
    #expect(text(claimed).contains("\npgvigil_recovery_window_first_timestamp_seconds{"))
    #expect(!text(nil).contains("\npgvigil_recovery_window"))
  }

  /// A backup of another database is none of this one.
  @Test func aBackupOfAnotherDatabaseIsNotCounted() {
    var cluster = Fixture.cluster()
    var backup = Fixture.backup("b9", finished: Fixture.ago(Fixture.hours(9)))
    backup.identity = DatabaseIdentity(majorVersion: 16)
    var catalog = BackupCatalog(backups: [backup])
    catalog.current = DatabaseIdentity(majorVersion: 17)
    cluster.report.backups = Fixture.observed(catalog)
    let text = MetricsDocument(fleet: Fixture.fleet([cluster]), version: "1", now: Fixture.date)
      .text
    #expect(text.contains("pgvigil_backups{cluster=\"auth-db\",engine=\"pgbackrest\"} 0"))
    #expect(!text.contains("pgvigil_backup_last_age_seconds{"))
  }

  @Test func theStoresTrafficHasSamples() {
    var cluster = Fixture.cluster()
    cluster.report.traffic = StoreTraffic(
      place: "s3://b/p/auth-db", requests: 20, bytes: 4_000, seconds: 86_400,
      limit: StoreLimit(requests: 20, prefix: "store_"),
      pausedUntil: Fixture.date.addingTimeInterval(3_600))
    let text = MetricsDocument(fleet: Fixture.fleet([cluster]), version: "1", now: Fixture.date)
      .text
    for line in [
      "pgvigil_store_requests{cluster=\"auth-db\",engine=\"pgbackrest\"} 20",
      "pgvigil_store_read_bytes{cluster=\"auth-db\",engine=\"pgbackrest\"} 4000",
      "pgvigil_store_requests_limit{cluster=\"auth-db\",engine=\"pgbackrest\"} 20",
      "pgvigil_store_limit_reached{cluster=\"auth-db\",engine=\"pgbackrest\"} 1",
    ] { #expect(text.contains(line + "\n"), "\(line)") }
    #expect(!text.contains("pgvigil_store_read_bytes_limit"))
  }

  /// A context that is gone has no cluster whose samples could tell.
  @Test func aContextThatDoesNotAnswerHasASample() {
    var fleet = Fixture.fleet([])
    fleet.contexts = [
      ContextState(name: "prod-eu", isUp: true), ContextState(name: "prod-us", isUp: false),
    ]
    let text = MetricsDocument(fleet: fleet, version: "0", now: Fixture.date).text
    #expect(text.contains("# TYPE pgvigil_context_up gauge\n"))
    #expect(text.contains("pgvigil_context_up{context=\"prod-eu\"} 1\n"))
    #expect(text.contains("pgvigil_context_up{context=\"prod-us\"} 0\n"))
    #expect(MetricsDocument.table.contains("| `pgvigil_context_up` |"))
  }

  /// In an outage no rule calls a part stale: its age does.
  @Test func anOutageLeavesNoOldFigures() {
    var cluster = Fixture.cluster()
    cluster.report.outage = Outage(
      place: "context prod", reason: "refused", remedy: "", since: Fixture.date)
    func text() -> String {
      MetricsDocument(fleet: Fixture.fleet([cluster]), version: "0", now: Fixture.date).text
    }
    #expect(text().contains("pgvigil_archive_failing"))
    cluster.takenAt = Fixture.date.addingTimeInterval(60)
    #expect(!text().contains("pgvigil_archive_failing"))
    #expect(!text().contains("pgvigil_backups{"))
  }

  /// An answer that is too old to count is no figure of today.
  @Test func staleFiguresHaveNoSample() {
    var cluster = Fixture.cluster()
    cluster.report.archive = Fixture.observed(Fixture.archiveStatus(), at: Fixture.ago(11))
    let text = MetricsDocument(
      fleet: Fixture.fleet([cluster]), version: "0", now: Fixture.date
    ).text
    #expect(!text.contains("pgvigil_archive_"))
    #expect(text.contains("pgvigil_backups{"))
  }

  @Test func labelsAreEscaped() {
    let cluster = Fixture.cluster(name: "a\"b\\c\nd")
    let text = MetricsDocument(
      fleet: Fixture.fleet([cluster]), version: "0", now: Fixture.date
    ).text
    #expect(text.contains("cluster=\"a\\\"b\\\\c d\""))
  }

  @Test func textfileIsReplacedWhole() async {
    let path = LintCommandTests.file("pgvigil.prom", "old\n")
    defer { LintCommandTests.remove(path) }
    let stage = Stage()
    #expect(await stage.run("metrics", "--textfile", path) == .good)
    #expect(stage.state.answer.isEmpty)
    #expect(Golden.read(path)?.hasPrefix("# HELP pgvigil_build_info") == true)
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o644)
    #expect(await stage.run("metrics", "--textfile", "/nonexistent/x.prom") == .undecided)
    #expect(stage.state.diagnostics.contains("No such file or directory"))
  }

  /// What stood there is of another day; nothing of it is left.
  @Test func aCommandThatCannotRunSaysSoInItsFile() async {
    let path = LintCommandTests.file("pgvigil.prom", "pgvigil_cluster_verdict 1\n")
    defer { LintCommandTests.remove(path) }
    let stage = Stage(openFailure: RecoveryError(.invalid, "no configuration"))
    #expect(await stage.run("metrics", "--textfile", path) == .worst)
    #expect(Golden.read(path)?.contains("\npgvigil_up 0\n") == true)
    #expect(Golden.read(path)?.contains("verdict") == false)
    #expect(stage.state.diagnostics.contains("no configuration"))
  }

  @Test func noClusterIsNothingOld() {
    let later = Fixture.date.addingTimeInterval(3600)
    func text(_ clusters: [ClusterSnapshot]) -> String {
      MetricsDocument(fleet: Fixture.fleet(clusters), version: "0", now: later).text
    }
    let then = Int(Fixture.date.timeIntervalSince1970)
    #expect(text([]).contains("pgvigil_snapshot_timestamp_seconds \(then + 3600)\n"))
    #expect(text([Fixture.cluster()]).contains("pgvigil_snapshot_timestamp_seconds \(then)\n"))
  }

  @Test func textfileFollowsALinkAndReplacesNothingButFiles() async {
    let path = LintCommandTests.file("linked.prom", "old\n")
    let (link, pipe) = (path + ".link", path + ".pipe")
    defer { [link, pipe, path].forEach(LintCommandTests.remove) }
    #expect(symlink(path, link) == 0 && mkfifo(pipe, 0o600) == 0)
    let stage = Stage()
    #expect(await stage.run("metrics", "--textfile", link) == .good)
    #expect(Golden.read(path)?.hasPrefix("# HELP") == true)
    var status = stat()
    #expect(lstat(link, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    #expect(await stage.run("metrics", "--textfile", pipe) == .undecided)
    #expect(lstat(pipe, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
    #expect(stage.state.diagnostics.contains("no regular file"))
  }

  @Test func aLinkToNothingIsSaidToBeOne() async {
    let path = LintCommandTests.file("pgvigil.prom", "")
    let link = path + ".link"
    defer { [link, path].forEach(LintCommandTests.remove) }
    #expect(symlink("/nonexistent/x.prom", link) == 0)
    let stage = Stage()
    #expect(await stage.run("metrics", "--textfile", link) == .undecided)
    #expect(stage.state.diagnostics.contains("it is a link to a file that is not there"))
  }

  @Test(arguments: [
    ["--listen", "9488"], ["--listen", "::1:9488"], ["--listen", ":70000"],
    ["--once", "--listen", ":9488"], ["--interval", "0"],
  ])
  func wrongUsageIsRefused(words: [String]) async {
    let stage = Stage()
    #expect(await stage.run(["metrics"] + words) == .worst)
  }

  @Test func addressesAreRead() {
    #expect(ListenAddress(":9488") == ListenAddress("*:9488"))
    #expect(ListenAddress("[::1]:9488")?.host == "::1")
    #expect(ListenAddress("127.0.0.1:9488")?.port == 9488)
  }

  @Test func servingEndsWithASignal() async {
    let stage = Stage(signalled: true)
    #expect(await stage.run("metrics", "--listen", "127.0.0.1:0") == .good)
    #expect(stage.state.diagnostics.hasPrefix("serving 127.0.0.1:0/metrics"))
  }
}

@Suite struct ScrapeRequestTests {
  @Test(arguments: [
    (
      "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n",
      ScrapeRequest.get(path: "/metrics", headOnly: false)
    ),
    ("GET /metrics?x=1 HTTP/1.0\n\n", .get(path: "/metrics", headOnly: false)),
    ("HEAD /healthz HTTP/1.1\r\n\r\n", .get(path: "/healthz", headOnly: true)),
    ("POST /metrics HTTP/1.1\r\n\r\n", .refused(405)),
    ("GET /metrics HTTP/2\r\n\r\n", .refused(400)),
    ("GET  /metrics HTTP/1.1\r\n\r\n", .refused(400)),
    ("GET metrics HTTP/1.1\r\n\r\n", .refused(400)),
    ("\u{16}\u{3}\u{1}\r\n\r\n", .refused(400)),
    ("GET /metrics HTTP/1.1\r\nHost: x\r\n", .incomplete),
    ("", .incomplete),
  ])
  func requestIsRead(text: String, expected: ScrapeRequest) {
    #expect(ScrapeRequest(Array(text.utf8)) == expected)
  }

  @Test func endlessHeadsAreRefused() {
    let head = [UInt8](repeating: UInt8(ascii: "a"), count: ScrapeRequest.maximumBytes)
    #expect(ScrapeRequest(head) == .refused(431))
  }
}

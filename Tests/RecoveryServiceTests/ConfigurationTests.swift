import FoundationEssentials
import RecoveryModel
import Testing

@testable import RecoveryService

@Suite("Configuration")
struct ConfigurationTests {
  let directory = ScratchDirectory()

  private func parse(_ text: String) throws -> Configuration {
    try Configuration.parse(text, path: "/etc/c.yaml", engines: [FakeEngine.descriptor])
  }

  /// The messages of everything that is wrong, without the file's name.
  private func problems(_ text: String) -> [String] {
    do {
      _ = try parse(text)
      return []
    } catch let error as ConfigurationError {
      return error.problems.map { String($0.description.dropFirst("/etc/c.yaml:".count)) }
    } catch {
      return ["\(error)"]
    }
  }

  @Test func aSandboxNamesWhatStartsItsServers() throws {
    let clusters = "clusters:\n  - {name: auth-db, engine: fake, stanza: auth}\n"
    let own = try Configuration.parse(
      "sandbox: true\n" + clusters, path: "/tmp/try/config.yaml",
      engines: [FakeEngine.descriptor])
    #expect(own.clusters[0].declaration.start == "pgvigil sandbox up --dir /tmp/try")
    #expect(try parse(clusters).clusters[0].declaration.start == nil)
  }

  @Test func readsEverything() throws {
    let configuration = try parse(
      """
      interval: 5s
      theme: dark
      read_only: true
      price_per_gib_month: 0.023
      wallboard: {cycle: 1m30s}
      clusters:
        - name: auth-db
          engine: fake
          targets: {rpo: 0, rto: 30m}
          backup_interval: 25h
          retention: 30d
          smoke_tests:
            - name: users
              sql: select count(*) from user_entity
              expect: ">= 1"
              database: keycloak
              timeout: 90s
          drill:
            place: drills
            interval: 7d
            timeout: 2h
            shared_buffers: 1GB
          ledger: repository/ledger.jsonl
          stanza: 123
          repository: 1
          instances:
            - {name: db1, conninfo: host=/run/postgresql}
      """)
    #expect(configuration.interval == 5)
    #expect(configuration.theme == "dark")
    #expect(configuration.readOnly)
    #expect(configuration.wallboardCycle == 90)
    let cluster = try #require(configuration.clusters.first)
    #expect(cluster.ledger == "/etc/repository/ledger.jsonl")
    #expect(
      cluster.declaration
        == ClusterDeclaration(
          name: "auth-db", engine: "fake",
          targets: RecoveryTargets(
            rpo: 0, rto: 1800, backupInterval: 90_000, drillInterval: 604_800, retention: 2_592_000),
          smokeTests: [
            SmokeTest(
              name: "users", database: "keycloak", sql: "select count(*) from user_entity",
              expectation: .atLeast(1), timeout: 90)
          ],
          drill: DrillSettings(place: "/etc/drills", timeout: 7200, sharedBuffers: "1GB"),
          pricePerGiBMonth: 0.023,
          options: [
            "stanza": .string("123"), "repository": .string("1"),
            "instances": .list([
              .map(["name": .string("db1"), "conninfo": .string("host=/run/postgresql")])
            ]),
          ]))
  }

  @Test func aMarkersTableIsAPlainNameOfANamedCluster() throws {
    func drill(_ marker: String) -> String {
      "clusters: [{name: a, engine: fake, stanza: main, drill: {marker: \(marker)}}]"
    }
    let place = try parse(drill("{database: app, table: pgvigil.marker}")).clusters.first?
      .declaration.drill.marker
    #expect(place == MarkerPlace(database: "app", table: "pgvigil.marker"))
    for table in ["marker", "a.b.c", "\"A\".b", "a.b; DROP TABLE x", ".b", "1a.b"] {
      #expect(problems(drill("{database: app, table: '\(table)'}")).count == 1, "\(table)")
    }
    #expect(problems(drill("{database: app}")).count == 1)
    // What is found by itself is never written to.
    let found = problems(
      "defaults: {drill: {marker: {database: app, table: pgvigil.marker}}}\n"
        + "clusters: [{name: a, engine: fake, stanza: main}]")
    #expect(found.contains { $0.contains("marker") }, "\(found)")
  }

  @Test func defaultsHoldWhereNothingIsSaid() throws {
    let configuration = try parse("clusters: [{name: a, engine: fake, stanza: main}]")
    #expect(configuration.interval == Configuration.defaultInterval)
    #expect(configuration.theme == nil && !configuration.readOnly)
    #expect(configuration.clusters.first?.declaration.targets == RecoveryTargets())
  }

  @Test func namesEveryProblemAtOnce() {
    #expect(
      problems(
        """
        intervall: 5s
        clusters:
          - name: auth-db
            engine: fake
            stanza: main
            targets:
              rpo: soon
              rot: 30m
            smoke_tests:
              - name: users
                sql: select 1
                expect: lots
              - name: more
                expct: ">= 1"
                sql: copy (select 1) to program 'date'
          - name: auth-db
            engine: fak
            whatever: 1
          - engine: fake
            repository: first
        """) == [
          "1: intervall: expected a known key; found `intervall` (did you mean `interval`?)",
          "7: clusters[0].targets.rpo: expected a duration such as 90s, 15m, 1h30m or 7d;"
            + " found `soon`",
          "8: clusters[0].targets.rot: expected a known key; found `rot` (did you mean `rto`?)",
          "12: clusters[0].smoke_tests[0].expect: expected `>= 1`, `equals X`, `within 5%"
            + " of production` or `newer than 1h`; found `lots`",
          "13: clusters[0].smoke_tests[1].expect: expected an expectation such as `>= 1`;"
            + " found nothing",
          "14: clusters[0].smoke_tests[1].expct: expected a known key; found `expct` (did"
            + " you mean `expect`?)",
          "15: clusters[0].smoke_tests[1].sql: expected a statement that begins with SELECT,"
            + " WITH, TABLE or VALUES; found `copy (select 1) to program 'date'`",
          "16: clusters[1].name: expected a name of its own; found `auth-db`, taken at line 3",
          "17: clusters[1].engine: expected one of: fake; found `fak` (did you mean `fake`?)",
          "19: clusters[2].name: expected the cluster's name; found nothing",
          "19: clusters[2].stanza: expected some text (name of the stanza); found nothing",
          "20: clusters[2].repository: expected a number; found `first` (number of the"
            + " repository)",
        ])
  }

  @Test func anEmptyListOfClustersIsNoConfiguration() {
    #expect(
      problems("interval: 5s")
        == [" clusters: expected a list of at least one cluster; found nothing"])
    #expect(
      problems("clusters: []")
        == ["1: clusters: expected a list of at least one cluster; found an empty list"])
    #expect(
      problems("clusters: {a: 1}")
        == ["1: clusters: expected a list of clusters; found keys and values"])
    #expect(problems("") == [" expected keys such as `clusters:` at the top; found an empty file"])
    #expect(
      problems("- a") == ["1: expected keys such as `clusters:` at the top; found a list"])
  }

  @Test func brokenYAMLNamesItsLine() {
    #expect(
      problems("clusters:\n\t- name: a")
        == [
          "2: expected valid YAML; found an error: found character that cannot start any token"
            + " (indent with spaces, not tabs)"
        ])
    #expect(problems("a: [1").first?.hasPrefix("2: expected valid YAML; found ") == true)
    #expect(
      problems("theme: a\ntheme: b").first?.contains("theme: expected each key once") == true)
  }

  @Test(arguments: ["../x", "a b", ".a", "-a", "a/b", "é", ""])
  func namesThatCannotBeFileNamesAreRefused(name: String) {
    let found = problems("clusters: [{name: \"\(name)\", engine: fake, stanza: main}]")
    #expect(found.count == 1 && found.first?.contains("clusters[0].name") == true, "\(found)")
  }

  @Test func secretsAreNotRepeatedInErrors() {
    let found = problems(
      "clusters: [{name: a, engine: fake, stanza: main, password: hunter2, theme: {x: y}}]")
    #expect(!found.isEmpty && !found.joined().contains("hunter2"))
  }

  @Test func filesThatCannotBeReadSayWhy() throws {
    #expect(loadProblem(directory.file("none.yaml"))?.contains("pgvigil demo") == true)
    #expect(loadProblem(directory.path)?.contains("Is a directory") == true)
    try Data([0x61, 0x3A, 0xFF]).write(to: URL(filePath: directory.file("bytes.yaml")))
    #expect(loadProblem(directory.file("bytes.yaml"))?.contains("UTF-8") == true)
  }

  @Test func aReadablePasswordIsWarnedOf() throws {
    for (text, mode, warned) in [
      ("host=a password=x", 0o644, true), ("host=a password=x", 0o600, false),
      ("postgresql://u:x@a/db", 0o644, true), ("postgresql://u@a:5432/db", 0o644, false),
      ("host=a", 0o644, false),
    ] as [(String, UInt32, Bool)] {
      let path = try directory.write(
        "clusters: [{name: a, engine: fake, stanza: s, instances: [{conninfo: \"\(text)\"}]}]",
        to: "c.yaml", mode: mode)
      let configuration = try Configuration.load(path: path, engines: [FakeEngine.descriptor])
      #expect(configuration.warnings.isEmpty != warned, "\(text) \(mode)")
    }
  }

  @Test func anEngineMayRefuseItsOptions() throws {
    let configuration = try parse("clusters:\n  - {name: a, engine: fake, stanza: broken}")
    let environment = EngineEnvironment(
      now: { noon }, host: "h", user: "u", newID: { "id" }, version: "1")
    let paths = Paths(configurationDirectory: "/c", stateDirectory: directory.path)
    let error = #expect(throws: ConfigurationError.self) {
      try Services.make(
        configuration: configuration, engines: [FakeEngine.descriptor], environment: environment,
        paths: paths)
    }
    #expect(
      error?.description
        == "/etc/c.yaml:2: clusters[0]: expected options that the engine fake can use;"
        + " found no such stanza: broken")
  }

  @Test("what an engine finds wrong stands at the key's own line")
  func linesOfNestedKeys() throws {
    let cluster = try #require(
      try parse(
        """
        clusters:
          - name: a
            engine: fake
            stanza: s
            instances:
              - name: one
                conninfo: host=a
              - name: two
                conninfo: nonsense
        """
      ).clusters.first)
    #expect(cluster.line(of: "instances[1].conninfo") == 9)
    #expect(cluster.line(of: "instances[1].service") == 8)
    #expect(cluster.line(of: "instances[7].name") == 5)
    #expect(cluster.line(of: "nothing") == 2)
    let fault = { (key: String, fault: OptionFault) in
      ConfigurationProblem(
        RecoveryError(.invalid, "x", detail: .option(key: key, fault)), of: cluster, at: 0,
        in: "c.yaml"
      ).description
    }
    #expect(
      fault("instances[1].conninfo", .expected("a libpq connection string (keyword=value)"))
        == "c.yaml:9: clusters[0].instances[1].conninfo: expected a libpq connection string "
        + "(keyword=value); found something else, which is not shown")
    #expect(
      fault("stanza", .expected("a name", found: "7"))
        == "c.yaml:4: clusters[0].stanza: expected a name; found 7")
    #expect(
      fault("instances[1]", .other("a second instance is named two"))
        == "c.yaml:8: clusters[0].instances[1]: expected options that the engine fake can use; "
        + "found a second instance is named two")
  }

  @Test(arguments: [
    ("30s", 30), ("5m", 300), ("25h", 90_000), ("7d", 604_800), ("2w", 1_209_600), ("1h30m", 5400),
    ("0", 0), ("1.5h", 5400), ("0.5s", 0.5),
  ])
  func durations(text: String, seconds: Double) {
    #expect(DurationText.seconds(text) == seconds)
  }

  @Test(arguments: [
    "", "s", "5x", "-5s", "5m3", "1e9", "inf", "nan", "5 minutes", "٣s", "1.2.3s", "90", "0.5",
  ])
  func notDurations(text: String) { #expect(DurationText.seconds(text) == nil) }

  @Test(arguments: [
    ("retention: 30", "a number has a unit: write 30s, 30m, 30h or 30d"),
    ("targets: {rpo: 5}", "a number has a unit: write 5s, 5m, 5h or 5d"),
    ("drill: {shared_buffers: 128}", "a number has a unit: write 128MB or 128GB"),
    ("targets: {rpo: null}", "found nothing (leave the key out for its default)"),
    ("retention:", "found nothing (leave the key out for its default)"),
    ("drill: {place: \"\"}", "expected some text; found nothing"),
    ("repository: ~", "found nothing (leave the key out for its default)"),
  ])
  func nothingIsReadAsWhatNobodyWrote(line: String, words: String) {
    let found = problems("clusters:\n  - name: a\n    engine: fake\n    stanza: m\n    \(line)")
    #expect(found.count == 1 && found.first?.hasPrefix("5: ") == true, "\(found)")
    #expect(found.first?.contains(words) == true, "\(found)")
  }

  @Test func aZeroThatMeansSomethingNeedsNoUnit() throws {
    let configuration = try parse(
      "clusters: [{name: a, engine: fake, stanza: m, targets: {rpo: 0}}]")
    #expect(configuration.clusters.first?.declaration.targets.rpo == 0)
  }

  @Test func whatNeverEndsIsRefused() {
    #expect(loadProblem("/dev/zero")?.contains("larger than 4 MiB") == true)
  }

  private func loadProblem(_ path: String) -> String? {
    do {
      _ = try Configuration.load(path: path, engines: [])
      return nil
    } catch {
      return error.description
    }
  }
}

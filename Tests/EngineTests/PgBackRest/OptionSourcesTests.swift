import FoundationEssentials
import Glibc
import RecoveryModel
import Testing

@testable import PgBackRest
@testable import PostgresServers
@testable import Transports

@Suite("pgBackRest's options") struct OptionSourcesTests {
  @Test(arguments: [
    ([:], "/tmp/pgbackrest"), (["PGBACKREST_LOCK_PATH": "/l", "PATH": "/bin"], "/l"),
  ])
  func configurationPrefersTheMoreParticular(environment: [String: String], lockPath: String) {
    let file = PgBackRestConfiguration(
      text: """
        # comment=1
        [global]
        process-max = 2
        repo1-path=/r
        [global:restore]
        process-max=8
        [demo]
        archive-async=y
        """, environment: environment)
    #expect(file.value("process-max", stanza: "demo") == "2")
    #expect(file.value("process-max", stanza: "demo", command: "restore") == "8")
    #expect(file.value("archive-async", stanza: "demo", command: "archive-get") == "y")
    #expect(file.value("comment", stanza: "demo") == nil)
    let place = RepositoryPlace(file, stanza: "demo", repository: 1)
    #expect(place.path == "/r")
    #expect(place.lockPath == lockPath)
  }

  /// Variables win over files, as they do for the tool.
  @Test func variablesComeFirst() {
    let options = PgBackRestConfiguration(
      text: "[demo]\nrepo1-path=/file", environment: ["PGBACKREST_REPO1_PATH": "/variable"])
    #expect(options.value("repo1-path", stanza: "demo") == "/variable")
  }

  @Test(arguments: [
    ("repo-path", "repo1-path"), ("repo-cipher-type", "repo1-cipher-type"),
    ("retention-full", "repo1-retention-full"),
    ("retention-archive-type", "repo1-retention-archive-type"), ("backup-host", "repo1-host"),
    ("backup-ssh-port", "repo1-host-port"), ("db-path", "pg1-path"), ("db2-path", "pg2-path"),
    ("db-ssh-port", "pg1-host-port"), ("hardlink", "repo1-hardlink"),
    ("repo2-path", "repo2-path"), ("backup-standby", "backup-standby"),
    ("db-include", "db-include"),
  ])
  func formerNames(former: String, present: String) {
    let options = PgBackRestConfiguration(text: "[global]\n\(former)=x")
    #expect(options.value(present, stanza: "demo") == "x")
    let name = former.uppercased().replacing("-", with: "_")
    let variable = PgBackRestConfiguration(text: "", environment: ["PGBACKREST_\(name)": "x"])
    #expect(variable.value(present, stanza: "demo") == "x")
  }

  @Test func everyConfiguredRepositoryIsSeen() {
    let options = PgBackRestConfiguration(
      text: "[global]\nrepo3-path=/c\n[other]\nrepo4-path=/d\n[demo:backup]\nrepo1-bundle=y",
      environment: ["PGBACKREST_REPO2_TYPE": "s3"])
    #expect(options.repositories(stanza: "demo") == [1, 2, 3])
    #expect(PgBackRestConfiguration(text: "").repositories(stanza: "demo").isEmpty)
  }

  @Test func retentionOfWALIsRead() {
    func policy(_ text: String) -> RetentionPolicy {
      RetentionPolicy(
        PgBackRestConfiguration(text: "[global]\n\(text)"), stanza: "demo", repository: 1)
    }
    let thin = policy("retention-full=2\nrepo1-retention-archive=1\nretention-archive-type=incr")
    #expect(thin.fullCount == 2)
    #expect(thin.wal?.backups == 1)
    #expect(thin.wal?.kinds == Set(BackupKind.allCases))
    #expect(thin.text == "repo1-retention-full=2, repo1-retention-archive=1 (incr)")
    #expect(policy("repo1-retention-full=2").wal == nil)
    #expect(policy("repo1-retention-archive=3").wal?.kinds == [.full])
  }

  // MARK: Places

  private final class Place {
    let path: String
    init() throws {
      var template = Array("/tmp/pgvigil-options-XXXXXX".utf8CString)
      path = try #require(mkdtemp(&template).map { String(cString: $0) })
    }
    func write(_ name: String, _ text: String) throws {
      if name.contains("/") { mkdir("\(path)/\(name.split(separator: "/")[0])", 0o755) }
      let file = try #require(fopen("\(path)/\(name)", "w"))
      fputs(text, file)
      fclose(file)
    }
    deinit { _ = system("rm -rf '\(path)'") }
  }

  /// The tool itself leaves out `conf.d` when it is given the file alone: then it looks in /var/lib/pgbackrest, finds no
  /// stanza, and says so with exit status 0.
  @Test func whatLiesBesideTheFileIsReadToo() throws {
    let place = try Place()
    let config = place.path + "/pgbackrest.conf"
    try place.write("pgbackrest.conf", "[demo]\npg1-path=/d\n")
    #expect(
      OptionSources(settings: PgBackRestSettings(stanza: "demo", config: config), inherited: [:])
        .arguments == ["--config=\(config)"])
    try place.write("conf.d/10-repo.conf", "[global]\nrepo1-path=/r\nrepo1-retention-full=5")
    try place.write("conf.d/README", "[global]\nrepo2-path=/not-this\n")
    let sources = OptionSources(
      settings: PgBackRestSettings(stanza: "demo", config: config), inherited: [:])
    #expect(
      sources.arguments == ["--config=\(config)", "--config-include-path=\(place.path)/conf.d"])
    let (options, unread) = sources.read()
    #expect(unread.isEmpty)
    #expect(options.value("repo1-path", stanza: "demo") == "/r")
    #expect(options.repositories(stanza: "demo") == [1])
  }

  @Test func nothingDeclaredLeavesTheSearchToTheTool() throws {
    let place = try Place()
    try place.write("pgbackrest.conf", "[global]\nrepo1-path=/r\n")
    try place.write("conf.d/1.conf", "[global]\nrepo2-path=/s\n")
    let sources = OptionSources(
      settings: PgBackRestSettings(stanza: "demo"),
      inherited: ["PGBACKREST_CONFIG_PATH": place.path])
    #expect(sources.arguments.isEmpty)
    #expect(sources.file == place.path + "/pgbackrest.conf")
    #expect(sources.read().options.repositories(stanza: "demo") == [1, 2])
    let alone = OptionSources(
      settings: PgBackRestSettings(stanza: "demo"),
      inherited: ["PGBACKREST_CONFIG": place.path + "/pgbackrest.conf"])
    #expect(alone.read().options.repositories(stanza: "demo") == [1])
  }

  @Test func declaredVariablesReachTheToolAndNoMessage() async throws {
    var declaration = PgBackRestWorld.declaration()
    declaration.options["environment"] = .map(["PGBACKREST_REPO1_CIPHER_PASS": .string("s3cr3t")])
    let world = PgBackRestWorld(world: .refused)
    let engine = try PgBackRestEngine(
      declaration: declaration, environment: .fixed(), processes: world.processes,
      connect: { world.client($0.name) })
    let failure = try #require(await engine.observe("catalog").backups?.failure)
    #expect(!"\(failure)".contains("s3cr3t"))
    let request = try #require(world.requests.all.first)
    #expect(request.environment == ["PGBACKREST_REPO1_CIPHER_PASS": "s3cr3t"])
    #expect(!request.arguments.contains { $0.contains("s3cr3t") })
  }

  @Test(arguments: [
    OptionValue.string("PGBACKREST_REPO1_PATH"), .map(["PATH": .string("/s3cr3t")]),
    .map(["PGBACKREST_X": .list([])]),
  ])
  func otherVariablesAreRefused(value: OptionValue) {
    var declaration = PgBackRestWorld.declaration()
    declaration.options["environment"] = value
    let error = #expect(throws: RecoveryError.self) {
      try PgBackRestSettings(declaration: declaration)
    }
    #expect(error?.message.contains("environment") == true)
    #expect(error?.message.contains("s3cr3t") == false)
  }
}

import FoundationEssentials
import RecoveryModel
import Testing

@testable import PgBackRest
@testable import PostgresServers
@testable import Transports

/// pgBackRest that answers with what it is given.
struct AnsweringTool: Sendable {
  /// By command, with `info N` for a repository's own.
  var answers: [String: ProcessResult]

  init(_ answers: [String: String]) {
    self.answers = answers.mapValues { ProcessResult(status: 0, output: $0, error: "") }
  }

  func engine(_ change: (inout ClusterDeclaration) -> Void = { _ in }) throws -> PgBackRestEngine {
    var declaration = PgBackRestWorld.declaration()
    change(&declaration)
    return try PgBackRestEngine(
      declaration: declaration, environment: .fixed(),
      processes: ProcessRunner(
        run: { request in
          let command = request.arguments.first { !$0.hasPrefix("-") } ?? ""
          let repository = request.arguments.first { $0.hasPrefix("--repo=") }?.dropFirst(7) ?? ""
          let isOfAll = !request.arguments.contains { $0.hasPrefix("--stanza=") }
          return isOfAll
            ? answers["all \(command)"] ?? ProcessResult(status: 1, output: "", error: "")
            : answers["\(command) \(repository)"] ?? answers[command]
              ?? ProcessResult(status: 0, output: "{}", error: "")
        }, stream: { _ in AsyncThrowingStream { $0.finish() } }),
      connect: { PgBackRestWorld(world: .happy).client($0.name) })
  }

  /// `info` of one stanza with one repository that says this of itself.
  static func info(
    code: Int, message: String, repository: Int = 1, cipher: String = "none", backups: String = ""
  ) -> String {
    """
    [{"archive":[],"backup":[\(backups)],"cipher":"\(cipher)",
    "db":[{"id":1,"repo-key":\(repository),"system-id":7400000000000000001,"version":"15"}],
    "name":"demo","repo":[{"cipher":"\(cipher)","key":\(repository),
    "status":{"code":\(code),"message":"\(message)"}}],
    "status":{"code":\(code),"lock":{"backup":{"held":false}},"message":"x"}}]
    """
  }

  static func backup(_ label: String, database: Int = 1, repository: Int = 1) -> String {
    """
    {"archive":{"start":"000000010000000000000002","stop":"000000010000000000000002"},
    "database":{"id":\(database),"repo-key":\(repository)},"error":false,"label":"\(label)",
    "lsn":{"start":"0/2000028","stop":"0/2000138"},"prior":null,"reference":null,
    "timestamp":{"start":1795300000,"stop":1795300100},"type":"full"}
    """
  }
}

@Suite("pgBackRest's odd answers") struct RepositoryAnswerTests {
  private func failure(_ answer: String) async throws -> Unavailable {
    let update = await (try AnsweringTool(["info": answer]).engine()).observe("catalog")
    return try #require(update.backups?.failure)
  }

  /// As 2.57 prints it where the key is wrong: bytes of the encrypted file within the JSON.
  @Test(arguments: ["[CryptoError] ", "[FormatError] "])
  func aKeyThatDoesNotFitIsNamed(kind: String) async throws {
    let message =
      kind + "unable to load info file '/r/backup.info' or '/r/backup.info.copy':\\n"
      + "FormatError: invalid JSON type at: \u{FFFD}\u{1}\u{1B}[31m\u{7F}\u{1B}9\\nHINT: has a "
      + "stanza-create been performed?"
    for cipher in ["none", "aes-256-cbc"] {
      let failure = try await failure(
        AnsweringTool.info(code: 99, message: message, cipher: cipher))
      #expect(failure.reason.contains("cannot be decrypted"))
      #expect(failure.remedy.contains("repo1-cipher-pass"))
      #expect(!failure.reason.contains("stanza-create"))
      #expect(
        failure.reason.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value < 127 })
    }
  }

  @Test func aMissingKeyIsNamed() async throws {
    let failure = try await failure(
      AnsweringTool.info(
        code: 99,
        message: "[FormatError] unable to load info file '/r/backup.info': key/value found outside "
          + "of section at line 1: Salted__x"))
    #expect(failure.reason.contains("cannot be decrypted"))
  }

  @Test(arguments: [
    ("", "nothing at all"), ("\n \n", "nothing at all"),
    ("<html><body>502 Bad Gateway</body></html>", "a web page"),
    (#"[{"name":"demo","status":{"code":0,"#, "cut off"),
    ("ERROR: [037]: info command requires option", "requires option"), ("[1,2", "cut off"),
  ])
  func whatIsNoAnswerSaysWhatItIs(answer: String, words: String) async throws {
    let failure = try await failure(answer)
    #expect(failure.reason.contains(words))
    #expect(!failure.remedy.contains("2.41"))
  }

  @Test func linesAroundTheAnswerDoNotHideIt() async throws {
    let answer =
      "WARN: environment contains invalid option 'x'\n[WARN] again\n"
      + AnsweringTool.info(code: 0, message: "ok \\x", backups: AnsweringTool.backup("A"))
      + "\nbye [x]\n"
    let update = await (try AnsweringTool(["info": answer]).engine()).observe("catalog")
    // The files of the backup are another question, which is answered with none.
    #expect(update.backups?.value?.backups.map(\.id) == ["A"])
  }

  /// The options may lie elsewhere: a new stanza there would look healthy and protect nothing.
  @Test func aStanzaThatIsNotThereIsNotToBeMade() async throws {
    let update = await
      (try AnsweringTool([
        "info": AnsweringTool.info(code: 1, message: "missing stanza path")
      ]).engine()).observe("catalog")
    let failure = try #require(update.backups?.failure)
    #expect(failure.remedy.contains("archive_command"))
    #expect(!"\(failure)".contains("stanza-create"))
    #expect(update.repositoryFault == .some(nil))
  }

  @Test func theStanzasThatAreThereAreNamed() async throws {
    let update = await
      (try AnsweringTool([
        "info": AnsweringTool.info(code: 1, message: "missing stanza path"),
        "all info": #"[{"name":"demos"},{"name":"shop"}]"#,
      ]).engine()).observe("catalog")
    let failure = try #require(update.backups?.failure)
    #expect(
      failure.reason.contains("finds no stanza demo") && failure.reason.contains("demos, shop"))
    #expect(failure.remedy.contains("key stanza") && failure.remedy.contains("demos?"))
  }

  @Test(arguments: [
    (3, "missing stanza data"),
    (99, "[ChecksumError] unable to load info file '/r/backup.info' or '/r/backup.info.copy':"),
    (
      99, "[FileMissingError] unable to load info file '/r/archive.info' or '/r/archive.info.copy':"
    ),
    (99, "[FormatError] unable to load info file '/r/backup.info' or '/r/backup.info.copy':"),
  ])
  func withoutItsInfoFilesNothingCanBeRestored(code: Int, message: String) async throws {
    let update = await
      (try AnsweringTool([
        "info": AnsweringTool.info(code: code, message: message)
      ]).engine()).observe("catalog")
    let fault = try #require(update.repositoryFault ?? nil)
    #expect(fault.what.contains(".info"))
    #expect(update.backups?.failure != nil)
  }

  @Test func aRepositoryThatMayNotBeReadIsNoFault() async throws {
    let message =
      "[FileOpenError] unable to open file '/r/backup.info' for read: [13] Permission denied"
    let update = await
      (try AnsweringTool([
        "info": AnsweringTool.info(code: 99, message: message)
      ]).engine()).observe("catalog")
    #expect(update.repositoryFault == .some(nil))
    #expect(update.backups?.failure?.remedy.contains("run_as") == true)
  }

  /// As 2.59 says it, with status 31.
  @Test func aToolThatRefusesRootSaysWhomToRunItAs() async throws {
    var tool = AnsweringTool([:])
    tool.answers["info"] = ProcessResult(
      status: 31, output: "",
      error: """
        ERROR: [031]: the 'info' command must not be run as the root user
               HINT: running as root can create files that the regular user cannot access, causing \
        later commands to fail.
               HINT: set the 'allow-root' option to allow running this command as root.
        """)
    let failure = try #require(await (try tool.engine()).observe("catalog").backups?.failure)
    #expect(failure.reason.contains("must not be run as the root user"))
    #expect(failure.remedy.contains("run_as"))
  }

  /// Numbering begins anew with an initdb: names alone would match.
  @Test func backupsKnowWhichDatabaseTheyAreOf() throws {
    let json = """
      [{"name":"demo","status":{"code":0,"message":"ok"},
      "db":[{"id":1,"repo-key":1,"system-id":71,"version":"15"},
      {"id":2,"repo-key":1,"system-id":72,"version":"16"},
      {"id":7,"repo-key":2,"system-id":70,"version":"14"}],
      "backup":[\(AnsweringTool.backup("OLD")),\(AnsweringTool.backup("NEW", database: 2))]}]
      """
    let catalog = try PgBackRestInfo.stanza("demo", in: json)
      .catalog(repository: 1, segmentSize: 16 << 20)
    #expect(catalog.current.catalogID == 2)
    #expect(catalog.current.majorVersion == 16)
    #expect(catalog.backups.map(\.identity.systemIdentifier) == ["71", "72"])
    #expect(catalog.usable.map(\.id) == ["NEW"])
  }

  // MARK: Several repositories

  private func two(_ first: String, _ second: String) throws -> PgBackRestEngine {
    try AnsweringTool(["info 1": first, "info 2": second]).engine {
      $0.options["environment"] = .map([
        "PGBACKREST_REPO1_PATH": .string("/r"), "PGBACKREST_REPO2_PATH": .string("/s"),
      ])
    }
  }

  private let good = AnsweringTool.info(
    code: 0, message: "ok", repository: 2,
    backups: AnsweringTool.backup("B", repository: 2))
  private let broken = AnsweringTool.info(
    code: 99, message: "[FileOpenError] unable to open: [13] Permission denied")

  @Test func aGoodRepositoryIsNamedWhereTheDeclaredOneIsBroken() async throws {
    let engine = try two(broken, good)
    #expect(engine.sources.map(\.id).contains("repositories"))
    #expect(await engine.observe("catalog").backups?.failure != nil)
    let findings = try #require(await engine.observe("repositories").engineFindings?.value).map(
      \.finding)
    #expect(findings.map(\.id) == ["pgbackrest.repository:2"])
    #expect(findings.first?.severity == .warning)
    #expect(findings.first?.headline.contains("Repository 2 can be read") == true)
    #expect(findings.first?.remedy.contains("repository: 2") == true)
  }

  @Test func aBrokenRepositoryDoesNotSpoilTheDeclaredOne() async throws {
    let engine = try AnsweringTool([
      "info 1": broken, "info 2": good,
      "repo-ls": #"{"backup.manifest":{"type":"file","size":9}}"#,
    ]).engine {
      $0.options["repository"] = .string("2")
      $0.options["environment"] = .map([
        "PGBACKREST_REPO1_PATH": .string("/r"), "PGBACKREST_REPO2_PATH": .string("/s"),
      ])
    }
    #expect(await engine.observe("catalog").backups?.value?.usable.map(\.id) == ["B"])
    let findings = try #require(await engine.observe("repositories").engineFindings?.value).map(
      \.finding)
    #expect(findings.map(\.ceiling) == [.proven])
    #expect(findings.first?.headline.contains("Repository 1 cannot be read") == true)
  }

  /// Without the key `repository` it is the first that is configured, as for the tool itself.
  @Test func theFirstConfiguredRepositoryIsTheDeclaredOne() async throws {
    let engine = try AnsweringTool(["info 2": good]).engine {
      $0.options["environment"] = .map(["PGBACKREST_REPO2_PATH": .string("/s")])
    }
    #expect(await engine.observe("catalog").backups?.value?.backups.map(\.id) == ["B"])
    #expect(!engine.sources.map(\.id).contains("repositories"))
  }
}

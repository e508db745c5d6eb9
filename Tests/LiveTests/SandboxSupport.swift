import Glibc
import LocalFiles
import RecoveryModel
import Testing

@testable import Sandbox
@testable import Transports

/// What the sandbox's live tests share. They need PostgreSQL's server programs and pgBackRest; without these they
/// are skipped by name, except in CI, where missing programs are a failure.
enum SandboxSupport {
  static var canRun: Bool { getenv("CI") != nil || (try? SandboxPrograms.find(bindir: nil)) != nil }
  static let skipReason: Comment = "needs PostgreSQL's server programs and pgBackRest"

  /// `pgvigil` as built beside the running test bundle.
  static var program: String {
    let bundle = LocalFile.link("/proc/self/exe") ?? ""
    return bundle.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/pgvigil"
  }

  static func options(owned: Bool = false) -> SandboxOptions {
    var options = SandboxOptions()
    options.keeperExecutable = program
    options.seedUsers = 1000
    options.owned = owned
    return options
  }

  static func newDirectory() -> String { Sandbox.defaultDirectory() }

  /// Runs `body` on a new sandbox and takes it down whatever happens.
  static func withSandbox(
    _ options: SandboxOptions = options(), in directory: String = newDirectory(),
    _ body: (Sandbox, SandboxStatus) async throws -> Void
  ) async throws {
    let sandbox = Sandbox(directory: directory)
    let status = try await sandbox.up(options: options)
    do {
      try await body(sandbox, status)
    } catch {
      _ = try? await sandbox.down()
      throw error
    }
    if let site = try? Site.existing(directory), site.marker.directory == site.layout.directory {
      let report = try await sandbox.down()
      #expect(report.leftBehind == [])
    }
  }

  /// One value from a server, as superuser.
  static func value(_ sandbox: Sandbox, _ instance: String, _ sql: String) async throws -> String? {
    try await sandbox.administer(instance, [sql]).rows.first?.first.flatMap { $0 }
  }

  /// Asks until it holds; a server gives no sign when it is ready.
  static func eventually(
    _ what: Comment, within seconds: Double = 600, _ holds: () async throws -> Bool
  ) async throws {
    let deadline = Deadline(seconds: seconds)
    while try await !holds() {
      try #require(!deadline.passed, what)
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  /// pgBackRest on the sandbox, as its account.
  static func backrest(_ sandbox: Sandbox, _ arguments: [String]) async throws -> ProcessResult {
    let site = try Site.existing(sandbox.directory)
    return try await ProcessRunner.live.run(
      ProcessRequest(
        "pgbackrest",
        ["--config=\(site.layout.backrestConfiguration)", "--stanza=auth-db"] + arguments,
        account: site.account, deadline: 120))
  }
}

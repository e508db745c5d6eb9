import Glibc
import LocalFiles
import RecoveryModel
import Testing

@testable import DrillParts
@testable import PgBackRest
@testable import Transports

@Suite("Processes") struct ProcessRunnerTests {
  private let live = ProcessRunner.live

  private func failure(_ body: () async throws -> Void) async -> RecoveryError? {
    do {
      try await body()
      return nil
    } catch { return error as? RecoveryError }
  }

  @Test func keepsBothStreamsAndTheStatusApart() async throws {
    let result = try await live.run(
      ProcessRequest("sh", ["-c", "echo out; echo err >&2; exit 7"], deadline: 3600))
    #expect(result == ProcessResult(status: 7, output: "out\n", error: "err\n"))
  }

  @Test func reportsASignalTheWayShellsDo() async throws {
    let result = try await live.run(ProcessRequest("sh", ["-c", "kill -9 $$"], deadline: 3600))
    #expect(result.status == 137)
  }

  @Test func streamsLinesWithTheExitLast() async throws {
    var events: [ProcessEvent] = []
    let request = ProcessRequest("sh", ["-c", "printf 'a\\nb\\r\\nlast'; exit 3"], deadline: 3600)
    for try await event in live.stream(request) { events.append(event) }
    #expect(
      events.dropFirst() == [
        .outputLine("a"), .outputLine("b"), .outputLine("last"), .exited(status: 3),
      ])
  }

  @Test func aMissingProgramIsNamedWithItsPackage() async {
    let error = await failure {
      _ = try await live.run(ProcessRequest("/nowhere/pgbackrest", [], deadline: 3600))
    }
    let byName = await failure {
      _ = try await live.run(ProcessRequest("no-such-program", [], deadline: 3600))
    }
    #expect(error?.code == .unreachable)
    #expect(error?.remedy == "install it: apt-get install pgbackrest")
    #expect(byName?.code == .unreachable)
  }

  @Test func aProgramThatIgnoresSIGTERMIsKilledWithItsChildren() async throws {
    let script = "trap '' TERM; sleep 300 & echo $!; while :; do sleep 300; done"
    var child: pid_t = 0
    let request = ProcessRequest("sh", ["-c", script], deadline: 3600)
    for try await event in live.stream(request) {
      guard case .outputLine(let line) = event else { continue }
      child = pid_t(line) ?? 0
      break
    }
    #expect(child > 0)
    #expect(await isGone(child))
  }

  @Test func aProgramThatIsStoppedHearsThatItIsToEnd() async throws {
    let file = "/tmp/pgvigil-heard-" + String(UInt64.random(in: .min ... .max), radix: 36)
    defer { unlink(file) }
    let (programs, started) = AsyncStream.makeStream(of: pid_t.self)
    // Without SIGCONT it would never come to its trap, only to its SIGKILL.
    let script = """
      trap 'echo heard >"$0"; exit 63' TERM; echo $$; kill -STOP $$; while :; do sleep 1; done
      """
    let request = ProcessRequest("sh", ["-c", script, file], deadline: 3600)
    let task = Task {
      try await live.follow(request, grace: 60) { started.yield(pid_t($0) ?? 0) }
    }
    var program: pid_t = 0
    for await pid in programs {
      program = pid
      break
    }
    #expect(program > 0)
    while LocalFile.text("/proc/\(program)/stat")?.contains(") T ") != true {
      try await Task.sleep(for: .milliseconds(10))
    }
    task.cancel()
    _ = try? await task.value
    #expect(LocalFile.text(file) == "heard\n")
  }

  @Test func droppingTheStreamKillsTheGroup() async throws {
    var child: pid_t = 0
    let request = ProcessRequest("sh", ["-c", "sleep 300 & echo $!; wait"], deadline: 3600)
    for try await event in live.stream(request) {
      guard case .outputLine(let line) = event else { continue }
      child = pid_t(line) ?? 0
      break
    }
    #expect(child > 0)
    #expect(await isGone(child))
  }

  @Test func cancellingARunKillsTheGroupAndSaysCancelled() async {
    let task = Task { try await live.run(ProcessRequest("sleep", ["300"], deadline: 3600)) }
    task.cancel()
    let error = await failure { _ = try await task.value }
    #expect(error?.code == .cancelled)
  }

  @Test func aGrandchildThatKeepsTheOutputOpenDoesNotHoldUpTheAnswer() async throws {
    let script = "setsid sleep 300 & echo $!"
    let result = try await live.run(ProcessRequest("sh", ["-c", script], deadline: 3600))
    #expect(result.status == 0)
    let stray = pid_t(result.output.split(whereSeparator: \.isNewline).first ?? "") ?? 0
    if stray > 0 { kill(stray, SIGKILL) }
  }

  @Test func aProgramThatClosesItsOutputAndStaysIsKilledAtItsDeadline() async {
    let error = await failure {
      _ = try await live.run(
        ProcessRequest("sh", ["-c", "exec >&- 2>&-; exec sleep 300"], deadline: 0.5))
    }
    #expect(error?.code == .timedOut)
  }

  @Test func endlessOutputEndsTheProgram() async {
    let error = await failure { _ = try await live.run(ProcessRequest("yes", [], deadline: 3600)) }
    #expect(error?.code == .failed)
  }

  @Test(.enabled(if: geteuid() == 0 && Account.named("postgres") != nil))
  func dropsToTheAccountWithItsGroupsAndHome() async throws {
    let account = try #require(Account.named("postgres"))
    let result = try await live.run(
      ProcessRequest(
        "sh", ["-c", "id -un; id -Gn; pwd; echo $HOME"], account: account, deadline: 3600))
    let lines = result.output.split(whereSeparator: \.isNewline).map(String.init)
    #expect(lines.first == "postgres")
    #expect(!lines[1].split(separator: " ").contains("root"))
    #expect(lines[2] == "/")
    #expect(lines[3] == account.home)
  }

  @Test func inheritsOurEnvironmentOnlyWhereThatIsAskedFor() async throws {
    setenv("VIGIL_INHERITED", "ours", 1)
    setenv("VIGIL_REPLACED", "ours", 1)
    var request = ProcessRequest(
      "sh", ["-c", "echo $VIGIL_INHERITED $VIGIL_REPLACED $HOME"],
      environment: ["VIGIL_REPLACED": "given"], deadline: 3600)
    #expect(try await live.run(request).output.hasPrefix("given /"))
    request.inheritsEnvironment = true
    let home = getenv("HOME").map { String(cString: $0) } ?? Account.current.home
    #expect(try await live.run(request).output == "ours given \(home)\n")
  }

  /// A killed orphan stays visible until init reaps it, so a zombie counts as gone.
  private func isGone(_ pid: pid_t) async -> Bool {
    while true {
      guard let stat = fopen("/proc/\(pid)/stat", "r") else { return true }
      defer { fclose(stat) }
      var buffer = [CChar](repeating: 0, count: 256)
      guard fgets(&buffer, 256, stat) != nil else { return true }
      let text = String(decoding: buffer.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      if text.contains(") Z ") || text.contains(") X ") { return true }
      try? await Task.sleep(for: .milliseconds(10))
    }
  }
}

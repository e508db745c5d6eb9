import Glibc
import RecoveryModel
import TestSupport
import Testing

@testable import CommandLineUI

@Suite struct WriteFailureTests {
  private static let full = WriteFailure(code: ENOSPC, written: 0, total: 900)
  private static let closed = WriteFailure(code: EPIPE, written: 512, total: 900)

  @Test(arguments: [
    ["status"], ["status", "--json"], ["drills"], ["drill", "auth-db"], ["backup", "auth-db"],
    ["plan", "drill", "auth-db"], ["audit"], ["metrics"], ["reap"], ["config", "example"],
    ["manifest", "alerts"], ["--help"], ["status", "--help"],
  ])
  func anAnswerThatCannotBeWrittenIsNoSuccess(arguments: [String]) async {
    let stage = Stage(writeFailure: Self.full)
    #expect(await stage.run(arguments) == .undecided)
    #expect(
      stage.state.diagnostics.contains(
        "pgvigil: only 0 of 900 bytes of the answer could be written to standard output: "
          + "No space left on device"), "\(stage.state.diagnostics)")
  }

  @Test(arguments: [["status"], ["status", "--json"], ["drills"]])
  func aReaderThatHasGoneIsNotToldButNotGoodEither(arguments: [String]) async {
    let stage = Stage(writeFailure: Self.closed)
    #expect(await stage.run(arguments) == .undecided)
    #expect(stage.state.diagnostics.isEmpty)
  }

  @Test func aWorseStatusStaysWhatItIs() async {
    let stage = Stage([Fixture.gapCluster()], writeFailure: Self.full)
    #expect(await stage.run("status") == .worst)
    #expect(stage.state.diagnostics.contains("the exit status 2 is the command's own"))
  }

  @Test func theStreamItselfSaysWhatHinderedIt() throws {
    let device = open("/dev/full", O_WRONLY)
    try #require(device >= 0)
    defer { close(device) }
    #expect(
      Output.write("answer", to: device) == WriteFailure(code: ENOSPC, written: 0, total: 6))
    #expect(Output.write("answer", to: -1)?.code == EBADF)
    let null = open("/dev/null", O_WRONLY)
    defer { close(null) }
    #expect(Output.write("answer", to: null) == nil)
  }
}

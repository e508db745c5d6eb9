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
    #expect(write("answer", to: device) == WriteFailure(code: ENOSPC, written: 0, total: 6))
    #expect(write("answer", to: -1)?.code == EBADF)
    let null = open("/dev/null", O_WRONLY)
    defer { close(null) }
    #expect(write("answer", to: null) == nil)
  }

  private func write(_ text: String, to descriptor: Int32) -> WriteFailure? {
    PatientStream(descriptor, patience: OutputPatience()).write(text)
  }

  /// Both ends of a pipe that nobody reads.
  private func pipeEnds() throws -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    return (ends[0], ends[1])
  }

  @Test func aStreamThatStandsStillIsGivenUpOnceTheProgramIsToEnd() throws {
    let (reading, writing) = try pipeEnds()
    defer { for end in [reading, writing] { close(end) } }
    let patience = OutputPatience()
    patience.run(out: 0)
    let size = 1 << 20
    let failure = PatientStream(writing, patience: patience)
      .write(String(repeating: "x", count: size))
    #expect(failure?.code == ETIMEDOUT && failure?.total == size)
    #expect((failure?.written ?? 0) > 0)
  }

  @Test func aStreamThatIsReadGetsEverythingAlsoThen() throws {
    let (reading, writing) = try pipeEnds()
    defer { for end in [reading, writing] { close(end) } }
    let patience = OutputPatience()
    patience.run(out: 0)
    #expect(PatientStream(writing, patience: patience).write("answer") == nil)
    var bytes = [UInt8](repeating: 0, count: 64)
    #expect(read(reading, &bytes, bytes.count) == 6)
  }

  @Test func whoSharesTheStreamStillWritesToItAsBefore() throws {
    let (reading, writing) = try pipeEnds()
    defer { for end in [reading, writing] { close(end) } }
    #expect(write("answer", to: writing) == nil)
    #expect(fcntl(writing, F_GETFL) & O_NONBLOCK == 0)
  }
}

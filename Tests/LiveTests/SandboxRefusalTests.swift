import Glibc
import RecoveryModel
import Testing

@testable import Sandbox
@testable import Transports

@Suite(.serialized, .enabled(if: SandboxSupport.canRun, SandboxSupport.skipReason))
struct SandboxRefusalTests {
  @Test func foreignDirectoriesAreLeftAlone() async throws {
    let directory = SandboxSupport.newDirectory()
    let file = "\(directory)/kept"
    #expect(mkdir(directory, 0o755) == 0)
    try FileTree.write(file, "mine", account: .current)
    defer {
      unlink(file)
      rmdir(directory)
    }
    let sandbox = Sandbox(directory: directory)
    await #expect(throws: RecoveryError.self) {
      try await sandbox.up(options: SandboxSupport.options())
    }
    await #expect(throws: RecoveryError.self) { try await sandbox.down() }
    #expect(FileTree.names(directory) == ["kept"])
  }

  @Test func aCopiedMarkerDoesNotMakeASandbox() async throws {
    try await SandboxSupport.withSandbox { sandbox, _ in
      let site = try Site.existing(sandbox.directory)
      let other = SandboxSupport.newDirectory()
      try FileTree.makeDirectory(other, account: site.account)
      defer {
        unlink("\(other)/.pgvigil-sandbox")
        rmdir(other)
      }
      let marker = FileTree.text(site.layout.marker)
      try FileTree.write("\(other)/.pgvigil-sandbox", marker, account: site.account)
      await #expect(throws: RecoveryError.self) { try await Sandbox(directory: other).down() }
      #expect(FileTree.exists("\(other)/.pgvigil-sandbox"))
      #expect(try await sandbox.status().isRunning)
    }
  }

  @Test(
    .enabled(if: geteuid() == 0, "only root has directories that the servers' account cannot enter")
  )
  func aPlaceThatTheAccountCannotEnterIsNamed() async throws {
    let parent = SandboxSupport.newDirectory()
    #expect(mkdir(parent, 0o700) == 0)
    defer { rmdir(parent) }
    let error = await #expect(throws: RecoveryError.self) {
      try await Sandbox(directory: "\(parent)/inner").up(options: SandboxSupport.options())
    }
    #expect(error?.message.contains("cannot enter \(parent)") == true)
    #expect(FileTree.names(parent) == [])
  }

  @Test func missingProgramsAreNamedWithTheirPackage() async throws {
    var options = SandboxSupport.options()
    options.bindir = "/nonexistent"
    let directory = SandboxSupport.newDirectory()
    let error = await #expect(throws: RecoveryError.self) {
      try await Sandbox(directory: directory).up(options: options)
    }
    #expect(error?.remedy.contains("apt-get install postgresql") == true)
    #expect(FileTree.exists(directory) == false)
  }

  @Test func aSecondUpOnADirectoryThatIsBeingStartedIsRefused() async throws {
    try await SandboxSupport.withSandbox { sandbox, status in
      let lock = try DirectoryLock(status.directory)
      let error = await #expect(throws: RecoveryError.self) {
        try await sandbox.up(options: SandboxSupport.options())
      }
      #expect(error?.message.contains("another process is starting") == true)
      lock?.release()
    }
  }

  @Test func aWriterThatCannotStartFailsTheWholeAndLeavesNothing() async throws {
    var options = SandboxSupport.options()
    options.keeperExecutable = "/bin/false"
    let directory = SandboxSupport.newDirectory()
    let error = await #expect(throws: RecoveryError.self) {
      try await Sandbox(directory: directory).up(options: options)
    }
    #expect(error?.message.contains("the writer ended at once") == true)
    #expect(FileTree.exists(directory) == false)
  }
}

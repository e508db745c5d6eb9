import Foundation
import PostgresServers
import RecoveryModel
import Testing

@testable import Sandbox
@testable import Transports

@Suite struct SandboxLayoutTests {
  @Test(arguments: ["'", "\"", "`", "\\", "$", "%", "\n", "\u{1b}", "\u{7f}"])
  func pathsThatCannotBeQuotedAreRefused(character: String) {
    let error = #expect(throws: RecoveryError.self) {
      try SandboxLayout(directory: "/tmp/a\(character)b")
    }
    #expect(error?.code == .invalid)
  }

  @Test(arguments: ["", "/", "/tmp/..", "/nonexistent/folder/x", "/tmp/pgvigil-none/.."])
  func pathsThatNameNoNewDirectoryAreRefused(path: String) {
    #expect(throws: RecoveryError.self) { try SandboxLayout(directory: path) }
  }

  @Test func socketDirectoryFitsTheLimitOfSocketPaths() throws {
    let plain = try SandboxLayout(directory: "/tmp/pgvigil-none")
    #expect(plain.socketDirectory == "/tmp/pgvigil-none/run")
    // `/tmp/` + name + `/run` of exactly 93 bytes, and one more.
    let longest = try SandboxLayout(directory: "/tmp/" + String(repeating: "a", count: 84))
    #expect(longest.socketDirectory.utf8.count == 93)
    #expect(longest.socketDirectory.hasSuffix("/run"))
    let longer = try SandboxLayout(directory: "/tmp/" + String(repeating: "a", count: 85))
    #expect(longer.socketDirectory.hasPrefix("/tmp/pgvigil-"))
    #expect(longer.socketDirectory.utf8.count <= 93)
    #expect(longer.socketDirectory != longest.socketDirectory)
  }

  @Test func whatSomebodyMadeInItIsSeenAndDoesNotGoWithItUnasked() throws {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: root) }
    let files = FileManager.default
    func make(_ name: String, system: [UInt8]) throws {
      let folder = root.appendingPathComponent("\(name)/global")
      try files.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data(system + [0, 0, 0, 0]).write(to: folder.appendingPathComponent("pg_control"))
    }
    let own: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
    for name in ["primary", "standby-1", "drills/pgvigil-drill-abc/data"] {
      try make(name, system: own)
    }
    let layout = try SandboxLayout(directory: root.path)
    let marker = SandboxMarker(
      created: Date(), directory: layout.directory, socketDirectory: layout.socketDirectory,
      account: "", standbys: 1, rate: 1, bindir: "/usr/bin", madeDirectory: true)
    let site = Site(layout: layout, marker: marker, account: Account.current)
    #expect(site.copies == [])
    try site.refuseWhereKept(force: false)

    try make("by-hand/data", system: own)
    try make("primary.kept", system: own)
    try make("of-another", system: Array(own.reversed()))
    let found = ["by-hand/data", "primary.kept"].map { "\(layout.directory)/\($0)" }
    #expect(site.copies == found)
    let error = #expect(throws: RecoveryError.self) { try site.refuseWhereKept(force: false) }
    #expect(error?.code == .refused && found.allSatisfy { error?.message.contains($0) == true })
    let down = "pgvigil sandbox down --dir \(layout.directory)"
    let lines = error?.remedy.split(separator: "\n").map(String.init) ?? []
    #expect(lines.contains(down) && lines.contains("\(down) --force"))
    try site.refuseWhereKept(force: true)

    // What stays elsewhere is never destroyed along.
    let note = RecoveryNote(id: "k1", cluster: "auth-db", directory: "/tmp")
    try JSONEncoder().encode(note).write(
      to: root.appendingPathComponent("drills/\(note.fileName)"))
    let other = #expect(throws: RecoveryError.self) { try site.refuseWhereKept(force: true) }
    #expect(other?.remedy.hasPrefix("pgvigil remove auth-db k1 --config ") == true)
  }

  @Test("a copy that pgBackRest is told to be production is the sandbox's server")
  func movedServer() throws {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: root) }
    try FileManager.default.createDirectory(
      at: root.appendingPathComponent("drills"), withIntermediateDirectories: true)
    let layout = try SandboxLayout(directory: root.path)
    let copy = layout.directory + "/auth-db-recovered"
    try "[auth-db]\npg1-path=\(copy)/data\npg2-path=\(layout.directory)/standby-1\n".write(
      toFile: layout.backrestConfiguration, atomically: true, encoding: .utf8)
    let moved = layout.asConfigured(["primary", "standby-1"])
    #expect(moved.dataDirectory("primary") == copy + "/data")
    #expect(moved.dataDirectory("standby-1") == layout.dataDirectory("standby-1"))
    let marker = SandboxMarker(
      created: Date(), directory: layout.directory, socketDirectory: layout.socketDirectory,
      account: "", standbys: 1, rate: 1, bindir: "/usr/bin", madeDirectory: true)
    try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
    let note = RecoveryNote(id: "k1", cluster: "auth-db", directory: copy)
    try JSONEncoder().encode(note).write(
      to: root.appendingPathComponent("drills/\(note.fileName)"))
    let site = { Site(layout: $0, marker: marker, account: Account.current) }
    #expect(site(layout).keptDirectories == [copy] && site(moved).keptDirectories.isEmpty)
  }

  @Test func aCommaIsNotAHostSeparator() throws {
    let layout = try SandboxLayout(directory: "/tmp/pgvigil-a,b")
    #expect(layout.socketDirectory.contains(",") == false)
  }

  @Test func defaultDirectoryDoesNotExistAndDiffers() {
    let directory = Sandbox.defaultDirectory()
    #expect(FileTree.exists(directory) == false)
    #expect(Sandbox.defaultDirectory() != directory)
  }

  @Test func everyInstanceArchivesFromItsOwnDirectory() throws {
    let layout = try SandboxLayout(directory: "/tmp/pgvigil-none")
    let account = Account(name: "postgres", user: 101, group: 104)
    let programs = SandboxPrograms(
      bindir: "/usr/lib/postgresql/15/bin", pgbackrest: "/usr/bin/pgbackrest", account: account)
    let files = SandboxFiles(layout: layout, programs: programs, options: SandboxOptions())
    let standby = files.server(1)
    #expect(standby.contains("--pg1-path=\"/tmp/pgvigil-none/standby-1\" archive-push \"%p\""))
    #expect(standby.contains("listen_addresses = ''") && standby.contains("port = 6002"))
    #expect(files.backrest().contains("pg3-path=/tmp/pgvigil-none/standby-2"))
    #expect(files.configuration().contains("run_as: \"postgres\""))
  }

  @Test func accountRightsFollowOwnerGroupAndOthers() {
    let account = Account(name: "a", user: 10, group: 20)
    func entry(user: UInt32, group: UInt32, mode: UInt32) -> FileTree.Entry {
      FileTree.Entry(kind: .directory, user: user, group: group, mode: mode, inode: 1)
    }
    #expect(account.permits(entry(user: 10, group: 0, mode: 0o100), bit: 1))
    // The owner's bits decide for the owner, even where others have more.
    #expect(!account.permits(entry(user: 10, group: 20, mode: 0o011), bit: 1))
    #expect(account.permits(entry(user: 0, group: 20, mode: 0o010), bit: 1))
    #expect(!account.permits(entry(user: 0, group: 0, mode: 0o770), bit: 1))
  }
}

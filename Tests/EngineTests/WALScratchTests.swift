import Foundation
import Testing

@testable import PostgresServers

/// Segments hold what the database holds: nobody else reads them, and none stays.
@Suite struct WALScratchTests {
  @Test func itIsPrivateAndLeavesNothing() throws {
    let scratch = try WALScratch()
    try scratch.write([1, 2, 3], named: "000000010000000000000001")
    let told = try FileManager.default.attributesOfItem(atPath: scratch.directory)
    #expect(told[.posixPermissions] as? Int == 0o700)
    let file = try FileManager.default.attributesOfItem(
      atPath: scratch.directory + "/000000010000000000000001")
    #expect(file[.posixPermissions] as? Int == 0o600)
    scratch.remove()
    #expect(!FileManager.default.fileExists(atPath: scratch.directory))
  }

  @Test func whatAKilledProcessLeftGoesWithTheNextOne() throws {
    let first = try WALScratch()
    defer { first.remove() }
    let place = (first.directory as NSString).deletingLastPathComponent
    // No process has that number, and one has ours.
    let dead = "\(place)/pgvigil-wal-2147483646-\(UUID().uuidString.prefix(6))"
    try FileManager.default.createDirectory(atPath: dead, withIntermediateDirectories: false)
    try Data([1]).write(to: URL(fileURLWithPath: dead + "/000000010000000000000001"))
    let second = try WALScratch()
    second.remove()
    #expect(!FileManager.default.fileExists(atPath: dead))
    #expect(FileManager.default.fileExists(atPath: first.directory))
  }
}

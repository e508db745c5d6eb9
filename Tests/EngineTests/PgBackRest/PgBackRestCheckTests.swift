import Foundation
import RecoveryModel
import Testing

@testable import PgBackRest

/// What a cluster declares and this host does not have.
@Suite struct PgBackRestCheckTests {
  private let directory = "/tmp/pgvigil-check-\(UUID().uuidString)"

  private func faults(
    _ options: [String: OptionValue], place: String? = nil, file: String? = "[main]\npg1-path=/x\n"
  ) throws -> [String] {
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let config = directory + "/pgbackrest.conf"
    if let file { try file.write(toFile: config, atomically: true, encoding: .utf8) }
    var declaration = ClusterDeclaration(name: "a", engine: "pgbackrest")
    let usual: [String: OptionValue] = [
      "stanza": .string("main"), "config": .string(config), "executable": .string("/bin/sh"),
      "instances": .list([.map(["name": .string("p"), "conninfo": .string("host=h")])]),
    ]
    declaration.options = usual.merging(options) { _, new in new }
    declaration.drill.place = place.map { $0.replacing("DIR", with: directory) }
    let check = try #require(PgBackRestCheck(declaration: declaration, inherited: [:]))
    return check.faults.map { "\($0.key): \($0.found) (\($0.advice))" }
  }

  @Test func whatIsThereIsNoFault() throws {
    #expect(try faults([:], place: "DIR/drills") == [])
    #expect(try faults([:], file: "[global]\nrepo1-path=/r\n") == [])
  }

  @Test func aStanzaThatNoFileHas() throws {
    #expect(try faults(["stanza": .string("mian")]) == ["stanza: `mian` (there are: main)"])
  }

  @Test func aProgramThatIsNotThere() throws {
    #expect(
      try faults(["executable": .string("/nowhere/pgbackrest")])
        == ["executable: none at /nowhere/pgbackrest ()"])
    let found = try faults(["bindir": .string("/etc")])
    #expect(found.first?.hasPrefix("bindir: no postgres, no pg_controldata in /etc") == true)
  }

  @Test func aFileOfOptionsThatIsNotThere() throws {
    let found = try faults([:], file: nil)
    #expect(found.count == 1 && found.first?.hasPrefix("config: none at ") == true)
    #expect(found.first?.contains("No such file or directory") == true)
  }

  @Test func aPlaceThatCannotBe() throws {
    #expect(
      try faults([:], place: "/nowhere/at/all") == ["drill.place: /nowhere/at does not exist ()"])
  }
}

import Foundation
import RecoveryModel
import Testing

@testable import RecoveryService

struct NewFileTests {
  @Test func itIsMadeForItsOwnerAndNeverInThePlaceOfAnother() throws {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: root) }
    let path = root.appendingPathComponent("plan.sh").path
    try NewFile.write("one\n", to: path)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "one\n")
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    let error = #expect(throws: RecoveryError.self) { try NewFile.write("two", to: path) }
    #expect(error?.code == .refused)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "one\n")
    let link = root.appendingPathComponent("link").path
    try FileManager.default.createSymbolicLink(
      atPath: link, withDestinationPath: root.appendingPathComponent("elsewhere").path)
    #expect(throws: RecoveryError.self) { try NewFile.write("two", to: link) }
    #expect(!FileManager.default.fileExists(atPath: root.path + "/elsewhere"))
    #expect(throws: RecoveryError.self) { try NewFile.write("x", to: root.path + "/no/such") }
  }
}

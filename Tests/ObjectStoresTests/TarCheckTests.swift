import TestSupport
import Testing

@testable import ObjectStores

@Suite struct TarCheckTests {
  private static let control = TarWriter.controlFile(system: 42)
  private static let tar = TarWriter.tar([
    ("PG_VERSION", Array("15\n".utf8)), ("base/1/1259", [UInt8](repeating: 9, count: 70_000)),
    ("global/pg_control", control),
  ])

  private static func check(_ bytes: [UInt8], pieces: Int = 1000) -> TarCheck {
    var check = TarCheck()
    for start in stride(from: 0, to: bytes.count, by: pieces) {
      Array(bytes[start..<min(start + pieces, bytes.count)]).withUnsafeBytes { check.take($0) }
    }
    check.finish()
    return check
  }

  @Test("in pieces of any size", arguments: [1, 511, 512, 4097, 1 << 20])
  func whole(pieces: Int) {
    let check = Self.check(Self.tar, pieces: pieces)
    #expect(check.fault == nil)
    #expect(check.files == 3)
    #expect(check.controlFile == Self.control)
  }

  @Test("cut off anywhere", arguments: [0, 300, 512, 1024, 40_000, 72_000, 80_000])
  func cut(at bytes: Int) {
    #expect(Self.check(Array(Self.tar.prefix(bytes))).fault != nil)
  }

  @Test func aSpoiledHeader() {
    var tar = Self.tar
    tar[1024 + 3] ^= 1
    #expect(Self.check(tar).fault == "what follows PG_VERSION is no header")
    #expect(Self.check([UInt8](repeating: 1, count: 2048)).fault == "it is no tar")
  }

  @Test func theControlFile() {
    #expect(ControlFile.fault(in: Self.control, system: "42") == nil)
    #expect(ControlFile.fault(in: Self.control, system: nil) == nil)
    #expect(
      ControlFile.fault(in: Self.control, system: "7")?.contains("another system: 42") == true)
    var spoiled = Self.control
    spoiled[100] ^= 1
    #expect(ControlFile.fault(in: spoiled, system: "42")?.contains("checksum") == true)
    #expect(ControlFile.fault(in: Array(Self.control.prefix(100)), system: "42") != nil)
  }
}

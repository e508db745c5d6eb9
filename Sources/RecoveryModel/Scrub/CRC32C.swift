/// The checksum of PostgreSQL's WAL records and of its control file (CRC-32C, Castagnoli).
package struct CRC32C: Sendable {
  private var state: UInt32 = 0xFFFF_FFFF

  package init() {}

  package var value: UInt32 { ~state }

  package mutating func add(_ bytes: UnsafeRawBufferPointer) {
    var crc = state
    Self.tables.withUnsafeBufferPointer { table in
      var index = 0
      // Eight bytes a step: a repository has terabytes.
      while index + 8 <= bytes.count {
        let low = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt32.self))
        let high = UInt32(
          littleEndian: bytes.loadUnaligned(fromByteOffset: index + 4, as: UInt32.self))
        let first = low ^ crc
        crc =
          table[0x700 + Int(first & 255)] ^ table[0x600 + Int(first >> 8 & 255)]
          ^ table[0x500 + Int(first >> 16 & 255)] ^ table[0x400 + Int(first >> 24)]
        crc ^=
          table[0x300 + Int(high & 255)] ^ table[0x200 + Int(high >> 8 & 255)]
          ^ table[0x100 + Int(high >> 16 & 255)] ^ table[Int(high >> 24)]
        index += 8
      }
      while index < bytes.count {
        crc = table[Int((crc ^ UInt32(bytes[index])) & 255)] ^ crc >> 8
        index += 1
      }
    }
    state = crc
  }

  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      var crc = UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82F6_3B78 : crc >> 1 }
      tables[byte] = crc
    }
    for table in 1..<8 {
      for byte in 0..<256 {
        let before = tables[(table - 1) * 256 + byte]
        tables[table * 256 + byte] = tables[Int(before & 255)] ^ before >> 8
      }
    }
    return tables
  }()
}

import RecoveryModel

/// Writes segments as PostgreSQL 15 does, with records that mean nothing.
package struct WALWriter: Sendable {
  package var system: UInt64 = 7_713_550_176_793_581_114
  package var magic: UInt16 = 0xD110
  package var segmentSize = 1 << 20
  package var timeline: UInt32 = 1
  /// Bytes at its beginning that belong to a record of the segment before.
  package var carried = 0
  /// Records after which the log goes on in the next segment; nil = it is full.
  package var switchAfter: Int?
  /// The pages up to and with this number are of the timeline before.
  package var parentPages = 0

  package init() {}

  private static let page = 8192

  package func segment(_ number: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(segmentSize)
    var record = [UInt8](repeating: 7, count: carried)
    var written = 0
    var hasEnded = false
    while bytes.count < segmentSize {
      if bytes.count % Self.page == 0 {
        if hasEnded { break }
        header(&bytes, start: number * UInt64(segmentSize), going: record.count)
      }
      if record.isEmpty {
        while bytes.count % 8 != 0 { bytes.append(0) }
        if bytes.count % Self.page == 0 { continue }
        if hasEnded { break }
        hasEnded = written == switchAfter
        record = hasEnded ? Self.record(length: 24, isSwitch: true) : Self.record(length(written))
        written += 1
      }
      let room = Self.page - bytes.count % Self.page
      let part = min(room, record.count)
      bytes += record.prefix(part)
      record.removeFirst(part)
    }
    bytes += [UInt8](repeating: 0, count: segmentSize - bytes.count)
    return bytes
  }

  /// Short ones, and one now and then that goes over several pages.
  private func length(_ index: Int) -> Int {
    index % 40 == 39 ? 20_000 + index : 30 + index * 37 % 1500
  }

  private func header(_ bytes: inout [UInt8], start: UInt64, going: Int) {
    let page = bytes.count / Self.page
    let flags: UInt16 = (going > 0 ? 1 : 0) | (page == 0 ? 2 : 0)
    let timeline = page < parentPages ? timeline - 1 : timeline
    bytes += Self.little(magic) + Self.little(flags) + Self.little(timeline)
    bytes += Self.little(start + UInt64(page * Self.page)) + Self.little(UInt32(going))
    bytes += [0, 0, 0, 0]
    guard page == 0 else { return }
    bytes += Self.little(system) + Self.little(UInt32(segmentSize)) + Self.little(UInt32(Self.page))
  }

  private static func record(_ length: Int) -> [UInt8] { record(length: length, isSwitch: false) }

  private static func record(length: Int, isSwitch: Bool) -> [UInt8] {
    var record = [UInt8](repeating: 0, count: length)
    record.replaceSubrange(0..<4, with: little(UInt32(length)))
    record[16] = isSwitch ? 0x40 : 0x10
    record[17] = isSwitch ? 0 : 10
    for index in 24..<max(24, length) { record[index] = UInt8(truncatingIfNeeded: index &* 31) }
    var sum = CRC32C()
    record.withUnsafeBytes {
      sum.add(UnsafeRawBufferPointer(rebasing: $0[24...]))
      sum.add(UnsafeRawBufferPointer(rebasing: $0[..<20]))
    }
    record.replaceSubrange(20..<24, with: little(sum.value))
    return record
  }

  package static func little(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}

/// Writes a tar of small files.
package enum TarWriter {
  package static func tar(_ files: [(name: String, bytes: [UInt8])]) -> [UInt8] {
    var tar: [UInt8] = []
    for file in files {
      var header = [UInt8](repeating: 0, count: 512)
      func put(_ text: String, at offset: Int) {
        header.replaceSubrange(offset..<offset + text.utf8.count, with: Array(text.utf8))
      }
      put(file.name, at: 0)
      put("0000600\0", at: 100)
      put(octal(file.bytes.count, digits: 11), at: 124)
      put("        ", at: 148)
      put("0", at: 156)
      put("ustar", at: 257)
      put(octal(header.reduce(0) { $0 + Int($1) }, digits: 6) + "\0", at: 148)
      tar += header + file.bytes
      tar += [UInt8](repeating: 0, count: (512 - file.bytes.count % 512) % 512)
    }
    return tar + [UInt8](repeating: 0, count: 1024)
  }

  private static func octal(_ value: Int, digits: Int) -> String {
    let text = String(value, radix: 8)
    return String(repeating: "0", count: digits - text.count) + text
  }

  /// `global/pg_control` of a system, with its sum where that of PostgreSQL 15 lies.
  package static func controlFile(system: UInt64) -> [UInt8] {
    var bytes = WALWriter.little(system) + WALWriter.little(UInt32(1300))
    while bytes.count < 288 { bytes.append(UInt8(truncatingIfNeeded: bytes.count)) }
    var sum = CRC32C()
    bytes.withUnsafeBytes { sum.add($0) }
    bytes += WALWriter.little(sum.value)
    return bytes + [UInt8](repeating: 0, count: 8192 - bytes.count)
  }
}

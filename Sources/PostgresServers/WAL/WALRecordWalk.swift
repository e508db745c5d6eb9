import RecoveryModel

/// Goes from record to record and checks the sum that each carries. A record that began in the segment before, or goes on
/// in the next, is left to whoever has both.
struct WALRecordWalk {
  private let bytes: UnsafeRawBufferPointer
  private let start: LSN
  /// Of a record of the segment before.
  private var skipped = 0
  /// The beginning of a record that goes on in the next page, and its whole length.
  private var pending: [UInt8] = []
  private var wanted = 0
  private var pendingAt = 0
  /// The log went on in the next segment: what follows means nothing.
  private(set) var hasSwitched = false

  private static let headerBytes = 24
  /// XLogRecordMaxSize.
  private static let mostBytes = 1020 << 20

  init(bytes: UnsafeRawBufferPointer, start: LSN) {
    self.bytes = bytes
    self.start = start
  }

  /// A page's contents. `going`: bytes that are still to come of the record before; nil = a record begins with the page.
  mutating func take(_ page: Range<Int>, going rest: Int?, overwrites: Bool) -> String? {
    var offset = page.lowerBound
    if let rest {
      guard isFirst(page) || rest == skipped + wanted - pending.count else {
        return "the record at \(lsn(pendingAt)) does not go on at \(lsn(offset))"
      }
      if isFirst(page) { skipped = rest }
      let length = min(rest, page.upperBound - offset)
      if let fault = goOn(offset..<offset + length) { return fault }
      offset = aligned(offset + length)
    } else {
      // A server that crashed in the middle of a record writes over it.
      guard overwrites || skipped + wanted == pending.count else {
        return "the record at \(lsn(pendingAt)) does not go on at \(lsn(offset))"
      }
      (skipped, wanted) = (0, 0)
      pending.removeAll()
    }
    while offset < page.upperBound, !hasSwitched {
      switch record(at: offset, in: page) {
      case .failure(let fault): return fault.words
      case .success(let length): offset = aligned(offset + length)
      }
    }
    return nil
  }

  private struct Fault: Error { var words: String }

  /// Bytes of it that lie in the page.
  private mutating func record(at offset: Int, in page: Range<Int>) -> Result<Int, Fault> {
    let total = Int(
      UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
    guard total != 0 else {
      return .failure(
        Fault(words: "it ends at \(lsn(offset)), and there is no switch to the next segment"))
    }
    guard (Self.headerBytes...Self.mostBytes).contains(total) else {
      return .failure(Fault(words: "there is no record at \(lsn(offset))"))
    }
    guard offset + total <= page.upperBound else {
      pending = Array(bytes[offset..<page.upperBound])
      (wanted, pendingAt) = (total, offset)
      return .success(page.upperBound - offset)
    }
    if let fault = verify(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + total]), offset)
    {
      return .failure(Fault(words: fault))
    }
    return .success(total)
  }

  private mutating func goOn(_ range: Range<Int>) -> String? {
    if skipped > 0 {
      skipped -= range.count
      return nil
    }
    pending += bytes[range]
    guard pending.count == wanted else { return nil }
    let whole = pending
    pending.removeAll(keepingCapacity: true)
    wanted = 0
    return whole.withUnsafeBytes { verify($0, pendingAt) }
  }

  private mutating func verify(_ record: UnsafeRawBufferPointer, _ offset: Int) -> String? {
    var sum = CRC32C()
    sum.add(UnsafeRawBufferPointer(rebasing: record[Self.headerBytes...]))
    sum.add(UnsafeRawBufferPointer(rebasing: record[..<20]))
    let told = UInt32(littleEndian: record.loadUnaligned(fromByteOffset: 20, as: UInt32.self))
    guard sum.value == told else { return "the record at \(lsn(offset)) has the wrong checksum" }
    // RM_XLOG_ID, XLOG_SWITCH.
    hasSwitched = record[17] == 0 && record[16] & 0xF0 == 0x40
    return nil
  }

  private func isFirst(_ page: Range<Int>) -> Bool { page.lowerBound <= 40 }
  private func aligned(_ offset: Int) -> Int { (offset + 7) & ~7 }
  private func lsn(_ offset: Int) -> LSN { LSN(start.rawValue + UInt64(offset)) }
}

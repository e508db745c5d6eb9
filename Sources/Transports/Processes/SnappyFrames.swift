import RecoveryModel

/// Snappy's framing format, as Barman writes it: no program that everybody has reads it.
///
/// Chunks of a kind, a length and data; data is of 64 KiB at most and bears a masked CRC-32C of what it was.
package struct SnappyFrames: Sendable {
  /// What is wrong; nil = nothing so far.
  package private(set) var fault: String?
  private var held: [UInt8] = []
  private var hasBegun = false

  package init() {}

  private static let mostBytes = 65_536
  private static let name: [UInt8] = Array("sNaPpY".utf8)

  /// What comes out of these bytes.
  package mutating func take(_ bytes: [UInt8]) -> [UInt8] {
    held += bytes
    var plain: [UInt8] = []
    var start = 0
    while fault == nil, held.count - start >= 4 {
      let length = Int(held[start + 1]) | Int(held[start + 2]) << 8 | Int(held[start + 3]) << 16
      guard held.count - start - 4 >= length else { break }
      chunk(held[start], held[(start + 4)..<(start + 4 + length)], into: &plain)
      start += 4 + length
    }
    held.removeFirst(start)
    return plain
  }

  /// Nothing more comes.
  package mutating func finish() {
    guard fault == nil else { return }
    if !hasBegun { fault = "it is not in Snappy's framing format" }
    if !held.isEmpty { fault = "it ends in the middle of a chunk" }
  }

  private mutating func chunk(_ kind: UInt8, _ data: ArraySlice<UInt8>, into plain: inout [UInt8]) {
    guard hasBegun || kind == 0xFF else {
      fault = "it is not in Snappy's framing format"
      return
    }
    switch kind {
    case 0xFF:
      guard data.elementsEqual(Self.name) else {
        fault = "it is not in Snappy's framing format"
        return
      }
      hasBegun = true
    case 0, 1:
      guard data.count >= 4 else {
        fault = "a chunk is too short"
        return
      }
      let rest = data.dropFirst(4)
      guard let block = kind == 1 ? Array(rest) : Self.block(rest), block.count <= Self.mostBytes
      else {
        fault = "a chunk cannot be decompressed"
        return
      }
      let told = data.prefix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      guard Self.masked(block) == told else {
        fault = "a chunk has the wrong checksum"
        return
      }
      plain += block
    case 0x80...0xFE: break
    default: fault = "there is a chunk of an unknown kind"
    }
  }

  private static func masked(_ block: [UInt8]) -> UInt32 {
    var sum = CRC32C()
    block.withUnsafeBytes { sum.add($0) }
    return (sum.value >> 15 | sum.value << 17) &+ 0xA282_EAD8
  }

  /// A length, then literals and copies of what is there already; nil for what is none.
  private static func block(_ data: ArraySlice<UInt8>) -> [UInt8]? {
    var input = data
    guard let length = length(&input), length <= mostBytes else { return nil }
    var output: [UInt8] = []
    output.reserveCapacity(length)
    while let tag = input.popFirst() {
      if tag & 3 == 0 {
        guard let count = literal(tag, &input), input.count >= count else { return nil }
        output += input.prefix(count)
        input = input.dropFirst(count)
      } else {
        guard let (offset, count) = copy(tag, &input), offset > 0, offset <= output.count
        else { return nil }
        // It may overlap what it makes.
        for _ in 0..<count { output.append(output[output.count - offset]) }
      }
      guard output.count <= length else { return nil }
    }
    return output.count == length ? output : nil
  }

  private static func length(_ input: inout ArraySlice<UInt8>) -> Int? {
    var value = 0
    for shift in stride(from: 0, through: 28, by: 7) {
      guard let byte = input.popFirst() else { return nil }
      value |= Int(byte & 127) << shift
      if byte < 128 { return value }
    }
    return nil
  }

  private static func literal(_ tag: UInt8, _ input: inout ArraySlice<UInt8>) -> Int? {
    let short = Int(tag >> 2)
    guard short >= 60 else { return short + 1 }
    return number(short - 59, &input).map { $0 + 1 }
  }

  private static func copy(
    _ tag: UInt8, _ input: inout ArraySlice<UInt8>
  ) -> (offset: Int, count: Int)? {
    switch tag & 3 {
    case 1:
      return number(1, &input).map { (Int(tag >> 5) << 8 | $0, Int(tag >> 2 & 7) + 4) }
    case 2: return number(2, &input).map { ($0, Int(tag >> 2) + 1) }
    default: return number(4, &input).map { ($0, Int(tag >> 2) + 1) }
    }
  }

  /// Little-endian.
  private static func number(_ count: Int, _ input: inout ArraySlice<UInt8>) -> Int? {
    guard input.count >= count else { return nil }
    let value = input.prefix(count).reversed().reduce(0) { $0 << 8 | Int($1) }
    input = input.dropFirst(count)
    return value
  }
}

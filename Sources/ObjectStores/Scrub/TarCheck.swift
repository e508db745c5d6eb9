import RecoveryModel

/// Reads a tar as it comes: the sum in every header, every file to its end, the mark at the end of all.
struct TarCheck: Sendable {
  private static let block = 512

  /// What is wrong; nil = nothing so far.
  private(set) var fault: String?
  private(set) var files = 0
  /// `global/pg_control`, as much of it as PostgreSQL reads.
  private(set) var controlFile: [UInt8]?

  private var header: [UInt8] = []
  private var emptyBlocks = 0
  /// Bytes that are still to come of the file, and after it up to the next block.
  private var rest: Int64 = 0
  private var padding = 0
  private var name = ""
  private var isControlFile = false
  private var hasEnded: Bool { emptyBlocks >= 2 }

  private static let controlFileBytes = 8192

  init() {}

  mutating func take(_ bytes: UnsafeRawBufferPointer) {
    var bytes = bytes[...]
    while !bytes.isEmpty, fault == nil, !hasEnded {
      if rest > 0 {
        let part = bytes.prefix(Int(min(rest, Int64(bytes.count))))
        if isControlFile, let held = controlFile?.count, held < Self.controlFileBytes {
          controlFile? += part.prefix(Self.controlFileBytes - held)
        }
        rest -= Int64(part.count)
        bytes = bytes.dropFirst(part.count)
      } else if padding > 0 {
        let length = min(padding, bytes.count)
        padding -= length
        bytes = bytes.dropFirst(length)
      } else {
        let length = min(Self.block - header.count, bytes.count)
        header += bytes.prefix(length)
        bytes = bytes.dropFirst(length)
        if header.count == Self.block { readHeader() }
      }
    }
  }

  /// Nothing more comes.
  mutating func finish() {
    guard fault == nil, !hasEnded else { return }
    fault =
      rest > 0
      ? "it ends in the middle of \(name)" : "it ends after \(name) without the mark of an end"
  }

  private mutating func readHeader() {
    defer { header.removeAll(keepingCapacity: true) }
    guard header.contains(where: { $0 != 0 }) else {
      emptyBlocks += 1
      return
    }
    emptyBlocks = 0
    let told = Self.number(header[148..<156])
    let sum = header.enumerated().reduce(Int64(0)) {
      $0 + ((148..<156).contains($1.offset) ? 32 : Int64($1.element))
    }
    guard told == sum, let size = Self.number(header[124..<136]), size >= 0 else {
      fault = files == 0 ? "it is no tar" : "what follows \(name) is no header"
      return
    }
    let prefix = header[257..<262].elementsEqual("ustar".utf8) ? Self.text(header[345..<500]) : ""
    let path = (prefix.isEmpty ? "" : prefix + "/") + Self.text(header[0..<100])
    name = Sanitizer.clean(path, limit: 80)
    let isFile = header[156] == 48 || header[156] == 0
    isControlFile = isFile && (path == "global/pg_control" || path.hasSuffix("/global/pg_control"))
    if isControlFile { controlFile = [] }
    files += 1
    rest = size
    padding = Int((512 - size % 512) % 512)
  }

  /// Octal digits, or base 256 for what is too large for them.
  private static func number(_ field: ArraySlice<UInt8>) -> Int64? {
    guard let first = field.first else { return nil }
    if first & 0x80 != 0 {
      guard field.dropLast(8).allSatisfy({ $0 == 0x80 || $0 == 0 }) else { return nil }
      return field.suffix(8).reduce(Int64(0)) { $0 << 8 | Int64($1) }
    }
    let digits = field.drop { $0 == 32 }.prefix { (48...55).contains($0) }
    guard !digits.isEmpty else { return nil }
    return digits.reduce(Int64(0)) { $0 << 3 | Int64($1 - 48) }
  }

  private static func text(_ field: ArraySlice<UInt8>) -> String {
    String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
  }
}

/// `global/pg_control`: which database a copy is of.
enum ControlFile {
  /// What is wrong with it; nil = nothing. `system`: nil = not known.
  static func fault(in bytes: [UInt8], system: String?) -> String? {
    guard bytes.count >= leastBytes else { return "its pg_control is cut off" }
    return bytes.withUnsafeBytes { bytes in
      guard isWhole(bytes) else { return "its pg_control has the wrong checksum" }
      let told = "\(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)))"
      guard let system, system != told else { return nil }
      return "its pg_control is of another system: \(told), not \(system)"
    }
  }

  private static let leastBytes = 512

  /// Where the sum lies depends on the version; it is of all that stands before it.
  private static func isWhole(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var sum = CRC32C()
    sum.add(UnsafeRawBufferPointer(rebasing: bytes[..<200]))
    for offset in stride(from: 200, to: leastBytes - 4, by: 4) {
      let told = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
      if told == sum.value { return true }
      sum.add(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + 4]))
    }
    return false
  }
}

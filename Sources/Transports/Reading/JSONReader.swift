import FoundationEssentials

/// Reads JSON value by value; what nobody asks for is passed over without being built. A fleet's lists are mostly
/// fields that nobody asks for.
package struct JSONReader {
  /// The text is not JSON, or not of the shape asked for.
  package struct Fault: Error, CustomStringConvertible {
    package var expected: String
    /// Bytes from the beginning.
    package var position: Int

    package init(expected: String, position: Int) {
      self.expected = expected
      self.position = position
    }
    package var description: String { "expected \(expected) at byte \(position)" }
  }

  /// A key as it stands between its quotes.
  package struct Key {
    fileprivate let bytes: UnsafeBufferPointer<UInt8>

    package static func ~= (name: StaticString, key: Key) -> Bool {
      key.bytes.count == name.utf8CodeUnitCount
        && key.bytes.elementsEqual(
          UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    }

    package func hasPrefix(_ name: StaticString) -> Bool {
      key(prefix: name.utf8CodeUnitCount).elementsEqual(
        UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
    }

    private func key(prefix count: Int) -> Slice<UnsafeBufferPointer<UInt8>> { bytes.prefix(count) }
  }

  /// Deeper nesting is not read: no object of ours comes near.
  private static let deepest = 128

  private let bytes: UnsafeBufferPointer<UInt8>
  package private(set) var position: Int
  private let strings: StringTable

  /// `bytes` must outlive the reader.
  package init(_ bytes: UnsafeBufferPointer<UInt8>, at position: Int = 0, strings: StringTable) {
    self.bytes = bytes
    self.position = position
    self.strings = strings
  }

  // MARK: Values

  /// Calls `body` with each key; it has to read or skip the value. `null` has no keys.
  package mutating func eachKey(_ body: (inout JSONReader, Key) throws -> Void) throws {
    if try takeNull() { return }
    try take(UInt8(ascii: "{"), "an object")
    if try takeIf(UInt8(ascii: "}")) { return }
    repeat {
      let key = Key(bytes: try stringBytes().bytes)
      try take(UInt8(ascii: ":"), "a colon")
      try body(&self, key)
    } while try takeIf(UInt8(ascii: ","))
    try take(UInt8(ascii: "}"), "the object's end")
  }

  /// Calls `body` for each element; it has to read or skip it. `null` has none.
  package mutating func eachElement(_ body: (inout JSONReader) throws -> Void) throws {
    if try takeNull() { return }
    try take(UInt8(ascii: "["), "a list")
    if try takeIf(UInt8(ascii: "]")) { return }
    repeat { try body(&self) } while try takeIf(UInt8(ascii: ","))
    try take(UInt8(ascii: "]"), "the list's end")
  }

  /// nil for `null`.
  package mutating func string() throws -> String? {
    if try takeNull() { return nil }
    let (text, isEscaped) = try stringBytes()
    return isEscaped ? try Self.unescape(text) : String(decoding: text, as: UTF8.self)
  }

  /// As `string`, for values that come again and again: equal ones share their memory.
  package mutating func sharedString() throws -> String? {
    if try takeNull() { return nil }
    let (text, isEscaped) = try stringBytes()
    return isEscaped ? try Self.unescape(text) : strings.string(text)
  }

  package func text(of key: Key) throws -> String {
    key.bytes.contains(UInt8(ascii: "\\"))
      ? try Self.unescape(key.bytes) : strings.string(key.bytes)
  }

  /// nil for `null`.
  package mutating func integer() throws -> Int? {
    if try takeNull() { return nil }
    let start = try next("a number")
    var end = start
    while end < bytes.count, Self.isNumeric(bytes[end]) { end += 1 }
    let digits = String(decoding: bytes[start..<end], as: UTF8.self)
    guard let value = Int(digits) ?? Double(digits).flatMap({ Int(exactly: $0) }) else {
      throw fault("a whole number")
    }
    position = end
    return value
  }

  /// nil for `null`.
  package mutating func truth() throws -> Bool? {
    if try takeNull() { return nil }
    if try takeWord("true") { return true }
    if try takeWord("false") { return false }
    throw fault("true or false")
  }

  /// A map of texts, of which only the keys that `wanted` lets pass.
  package mutating func texts(where wanted: (Key) -> Bool) throws -> [String: String] {
    var texts: [String: String] = [:]
    try eachKey { reader, key in
      guard wanted(key) else {
        try reader.skip()
        return
      }
      let name = try reader.text(of: key)
      texts[name] = try reader.sharedString()
    }
    return texts
  }

  /// As `texts`, for maps that come again and again: equal ones share their memory. nil when nothing is left of it.
  package mutating func sharedTexts(where wanted: (Key) -> Bool) throws -> [String: String]? {
    let texts = try texts(where: wanted)
    return texts.isEmpty ? nil : strings.map(texts)
  }

  /// Passes over one value and returns where it stands.
  @discardableResult
  package mutating func skip() throws -> Range<Int> {
    let start = try next("a value")
    switch bytes[start] {
    case UInt8(ascii: "\""): _ = try stringBytes()
    case UInt8(ascii: "{"), UInt8(ascii: "["): try skipContainer()
    default:
      var end = start
      while end < bytes.count, !Self.endsScalar(bytes[end]) { end += 1 }
      guard end > start else { throw fault("a value") }
      position = end
    }
    return start..<position
  }

  package func slice(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(rebasing: bytes[range])
  }

  // MARK: Bytes

  private mutating func skipContainer() throws {
    var depth = 0
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        _ = try stringBytes()
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        if depth > Self.deepest { throw fault("less nesting") }
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if depth == 0 {
          position += 1
          return
        }
      default: break
      }
      position += 1
    }
    throw fault("the value's end")
  }

  /// What stands between the quotes, and whether it has escapes.
  private mutating func stringBytes() throws -> (
    bytes: UnsafeBufferPointer<UInt8>, isEscaped: Bool
  ) {
    try take(UInt8(ascii: "\""), "a text")
    let start = position
    var isEscaped = false
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        position += 1
        return (UnsafeBufferPointer(rebasing: bytes[start..<position - 1]), isEscaped)
      }
      if byte == UInt8(ascii: "\\") {
        isEscaped = true
        position += 1
      }
      position += 1
    }
    throw fault("the text's end")
  }

  /// Escapes are rare: the decoder that knows all of them does it.
  private static func unescape(_ text: UnsafeBufferPointer<UInt8>) throws -> String {
    var quoted = Data(capacity: text.count + 2)
    quoted.append(UInt8(ascii: "\""))
    quoted.append(contentsOf: text)
    quoted.append(UInt8(ascii: "\""))
    return try JSONDecoder().decode(String.self, from: quoted)
  }

  /// Position of the next byte that is no white space.
  private mutating func next(_ expected: String) throws -> Int {
    while position < bytes.count, bytes[position] <= 0x20 { position += 1 }
    guard position < bytes.count else { throw fault(expected) }
    return position
  }

  private mutating func take(_ byte: UInt8, _ expected: String) throws {
    guard bytes[try next(expected)] == byte else { throw fault(expected) }
    position += 1
  }

  private mutating func takeIf(_ byte: UInt8) throws -> Bool {
    guard bytes[try next("more")] == byte else { return false }
    position += 1
    return true
  }

  private mutating func takeNull() throws -> Bool {
    guard bytes[try next("a value")] == UInt8(ascii: "n") else { return false }
    return try takeWord("null")
  }

  private mutating func takeWord(_ word: StaticString) throws -> Bool {
    let start = try next("a value")
    let end = start + word.utf8CodeUnitCount
    guard end <= bytes.count,
      bytes[start..<end].elementsEqual(
        UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    else { return false }
    position = end
    return true
  }

  private func fault(_ expected: String) -> Fault { Fault(expected: expected, position: position) }

  private static func isNumeric(_ byte: UInt8) -> Bool {
    byte >= 48 && byte <= 57 || byte == 43 || byte == 45 || byte == 46 || byte | 32 == 101
  }

  private static func endsScalar(_ byte: UInt8) -> Bool {
    byte == 44 || byte == 93 || byte == 125 || byte <= 0x20
  }
}

import Glibc

/// Why a text is no JSON.
package struct JSONSyntaxError: Error, CustomStringConvertible {
  package var description: String
}

extension JSONValue {
  /// Reads one document. Throws `JSONSyntaxError`.
  package init(parsing bytes: [UInt8]) throws {
    self = try bytes.withUnsafeBufferPointer { buffer in
      var parser = JSONParser(bytes: buffer)
      let value = try parser.value(depth: 0)
      parser.skipSpace()
      guard parser.at == buffer.count else { throw parser.error("text behind the document") }
      return value
    }
  }

  package init(parsing text: String) throws { try self.init(parsing: Array(text.utf8)) }

  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    write(to: &bytes)
    return bytes
  }

  package var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Appends the document without spaces, keys sorted.
  package func write(to bytes: inout [UInt8]) {
    switch self {
    case .null: bytes += "null".utf8
    case .bool(let flag): bytes += (flag ? "true" : "false").utf8
    case .integer(let number): bytes += "\(number)".utf8
    case .number(let number):
      bytes += (Int(exactly: number).map { "\($0)" } ?? "\(number)").utf8
    case .string(let text): Self.write(text, to: &bytes)
    case .array(let items):
      bytes.append(UInt8(ascii: "["))
      for (index, item) in items.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        item.write(to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object(let members):
      bytes.append(UInt8(ascii: "{"))
      for (index, key) in members.keys.sorted().enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        Self.write(key, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        members[key]?.write(to: &bytes)
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }

  static func write(_ text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): bytes += "\\\"".utf8
      case UInt8(ascii: "\\"): bytes += "\\\\".utf8
      case UInt8(ascii: "\n"): bytes += "\\n".utf8
      case UInt8(ascii: "\r"): bytes += "\\r".utf8
      case UInt8(ascii: "\t"): bytes += "\\t".utf8
      case 0..<0x20:
        let hex = String(byte, radix: 16)
        bytes += ("\\u" + String(repeating: "0", count: 4 - hex.count) + hex).utf8
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}

/// RFC 8259, strict; numbers without fraction or exponent become integers.
private struct JSONParser {
  let bytes: UnsafeBufferPointer<UInt8>
  var at = 0

  private static var maximumDepth: Int { 200 }

  func error(_ what: String) -> JSONSyntaxError {
    JSONSyntaxError(description: "\(what) at byte \(at)")
  }

  mutating func skipSpace() {
    while at < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[at]) { at += 1 }
  }

  mutating func value(depth: Int) throws -> JSONValue {
    guard depth < Self.maximumDepth else { throw error("nested too deeply") }
    skipSpace()
    guard at < bytes.count else { throw error("unexpected end") }
    switch bytes[at] {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func word(_ word: String, _ value: JSONValue) throws -> JSONValue {
    for byte in word.utf8 {
      guard at < bytes.count, bytes[at] == byte else { throw error("not \(word)") }
      at += 1
    }
    return value
  }

  private mutating func object(depth: Int) throws -> JSONValue {
    at += 1
    var members: [String: JSONValue] = [:]
    skipSpace()
    if at < bytes.count, bytes[at] == UInt8(ascii: "}") {
      at += 1
      return .object(members)
    }
    while true {
      skipSpace()
      guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { throw error("no member name") }
      let key = try string()
      skipSpace()
      guard at < bytes.count, bytes[at] == UInt8(ascii: ":") else { throw error("no colon") }
      at += 1
      members[key] = try value(depth: depth + 1)
      guard try goesOn(until: UInt8(ascii: "}")) else { return .object(members) }
    }
  }

  private mutating func array(depth: Int) throws -> JSONValue {
    at += 1
    var items: [JSONValue] = []
    skipSpace()
    if at < bytes.count, bytes[at] == UInt8(ascii: "]") {
      at += 1
      return .array(items)
    }
    while true {
      items.append(try value(depth: depth + 1))
      guard try goesOn(until: UInt8(ascii: "]")) else { return .array(items) }
    }
  }

  /// True behind a comma, false behind `end`.
  private mutating func goesOn(until end: UInt8) throws -> Bool {
    skipSpace()
    guard at < bytes.count else { throw error("unexpected end") }
    defer { at += 1 }
    if bytes[at] == end { return false }
    guard bytes[at] == UInt8(ascii: ",") else { throw error("no comma") }
    return true
  }

  private mutating func number() throws -> JSONValue {
    let start = at
    var isInteger = true
    while at < bytes.count {
      switch bytes[at] {
      case 0x30...0x39, UInt8(ascii: "-"): at += 1
      case UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
        isInteger = false
        at += 1
      default: return try number(from: start, isInteger: isInteger)
      }
    }
    return try number(from: start, isInteger: isInteger)
  }

  private func number(from start: Int, isInteger: Bool) throws -> JSONValue {
    let text = String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<at]), as: UTF8.self)
    if isInteger, let number = Int(text) { return .integer(number) }
    guard at > start, let number = Double(text) else { throw error("no value") }
    return .number(number)
  }

  private mutating func string() throws -> String {
    at += 1
    let start = at
    while at < bytes.count, bytes[at] != UInt8(ascii: "\""), bytes[at] != UInt8(ascii: "\\") {
      at += 1
    }
    var text = [UInt8](UnsafeBufferPointer(rebasing: bytes[start..<at]))
    while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
      if bytes[at] == UInt8(ascii: "\\") {
        at += 1
        try escape(into: &text)
      } else {
        text.append(bytes[at])
        at += 1
      }
    }
    guard !text.contains(where: { $0 < 0x20 }) || hasEscapes(from: start) else {
      throw error("a control byte in a string")
    }
    guard at < bytes.count else { throw error("a string without end") }
    at += 1
    return String(decoding: text, as: UTF8.self)
  }

  private func hasEscapes(from start: Int) -> Bool {
    bytes[start..<at].contains(UInt8(ascii: "\\"))
  }

  private mutating func escape(into text: inout [UInt8]) throws {
    guard at < bytes.count else { throw error("unexpected end") }
    let byte = bytes[at]
    at += 1
    switch byte {
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "u"): text += String(try unicode()).utf8
    default: throw error("unknown escape")
    }
  }

  private mutating func unicode() throws -> Character {
    var code = try hex()
    if (0xD800..<0xDC00).contains(code), at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"),
      bytes[at + 1] == UInt8(ascii: "u")
    {
      at += 2
      code = 0x10000 + (code - 0xD800) << 10 + (try hex() & 0x3FF)
    }
    return Character(UnicodeScalar(code) ?? "\u{FFFD}")
  }

  private mutating func hex() throws -> UInt32 {
    guard at + 4 <= bytes.count else { throw error("unexpected end") }
    let digits = UnsafeBufferPointer(rebasing: bytes[at..<at + 4])
    guard let code = UInt32(String(decoding: digits, as: UTF8.self), radix: 16) else {
      throw error("no hexadecimal digits")
    }
    at += 4
    return code
  }
}

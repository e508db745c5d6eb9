import FoundationEssentials
import RecoveryModel

/// pgBackRest splices file names and error texts into its JSON as they are: raw bytes of an encrypted file, escapes,
/// line breaks. And wrappers print lines of their own before it.
enum TolerantJSON {
  /// The first JSON array or object that begins a line, made decodable; nil where none begins or it does not end.
  static func payload(_ text: String) -> Data? {
    let bytes = Array(text.utf8)
    var start: Int? = beginning(bytes, from: 0)
    while let begin = start {
      if let payload = document(bytes, from: begin) { return Data(payload) }
      start = lineEnd(bytes, from: begin).flatMap { beginning(bytes, from: $0) }
    }
    return nil
  }

  /// Where a line begins with `[{`, `[]`, `{"` or `{}`, white space apart: `[WARN]` is no JSON.
  private static func beginning(_ bytes: [UInt8], from: Int) -> Int? {
    var position = from
    while position < bytes.count {
      let first = skipSpace(bytes, position)
      guard first < bytes.count else { return nil }
      let second = skipSpace(bytes, first + 1)
      let next = second < bytes.count ? bytes[second] : 0
      switch bytes[first] {
      case UInt8(ascii: "[") where next == UInt8(ascii: "{") || next == UInt8(ascii: "]"),
        UInt8(ascii: "{") where next == UInt8(ascii: "\"") || next == UInt8(ascii: "}"):
        return first
      default:
        guard let end = lineEnd(bytes, from: first) else { return nil }
        position = end
      }
    }
    return nil
  }

  private static func lineEnd(_ bytes: [UInt8], from: Int) -> Int? {
    bytes[from...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 }
  }

  private static func skipSpace(_ bytes: [UInt8], _ from: Int) -> Int {
    var position = from
    while position < bytes.count, bytes[position] == 32 || (9...13).contains(bytes[position]) {
      position += 1
    }
    return position
  }

  /// Up to the bracket that closes it; control characters within texts become escapes, and escapes that are none lose
  /// their backslash.
  private static func document(_ bytes: [UInt8], from: Int) -> [UInt8]? {
    var result: [UInt8] = []
    var depth = 0
    var quoted = false
    var position = from
    while position < bytes.count {
      let byte = bytes[position]
      if quoted, byte == UInt8(ascii: "\\") {
        let next = position + 1 < bytes.count ? bytes[position + 1] : 0
        if isEscape(bytes, at: position + 1) { result += [byte, next] } else { result.append(32) }
        position += isEscape(bytes, at: position + 1) ? 2 : 1
        continue
      }
      if quoted, byte < 32 || byte == 127 {
        result += Array("\\u00".utf8) + [hex(byte >> 4), hex(byte & 15)]
      } else {
        result.append(byte)
      }
      position += 1
      if byte == UInt8(ascii: "\"") { quoted.toggle() }
      guard !quoted else { continue }
      if byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{") { depth += 1 }
      if byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") { depth -= 1 }
      if depth == 0 { return result }
    }
    return nil
  }

  private static func hex(_ digit: UInt8) -> UInt8 {
    digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
  }

  private static func isEscape(_ bytes: [UInt8], at position: Int) -> Bool {
    guard position < bytes.count else { return false }
    if bytes[position] == UInt8(ascii: "u") {
      let digits = bytes[(position + 1)...].prefix(4)
      return digits.count == 4
        && digits.allSatisfy {
          (48...57).contains($0) || (65...70).contains($0) || (97...102).contains($0)
        }
    }
    return "\"\\/bfnrt".utf8.contains(bytes[position])
  }
}

import Glibc
import RecoveryModel

/// A piece of ASCII text, looked through byte by byte: an hour of WAL makes millions of lines.
struct ByteText: Sendable {
  var bytes: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }
  init(_ bytes: [UInt8]) { self.bytes = bytes[...] }
  init(_ text: some StringProtocol) { bytes = Array(text.utf8)[...] }

  var isEmpty: Bool { bytes.isEmpty }
  var text: String { String(decoding: bytes, as: UTF8.self) }

  static func ~= (word: StaticString, text: ByteText) -> Bool { text == word }

  static func == (text: ByteText, word: StaticString) -> Bool {
    text.bytes.count == word.utf8CodeUnitCount && text.hasPrefix(word)
  }

  func hasPrefix(_ mark: StaticString) -> Bool {
    let length = mark.utf8CodeUnitCount
    return bytes.withUnsafeBufferPointer { text in
      guard text.count >= length, let start = text.baseAddress else { return length == 0 }
      return memcmp(start, mark.utf8Start, length) == 0
    }
  }

  func hasSuffix(_ mark: StaticString) -> Bool {
    mark.withUTF8Buffer { mark in
      bytes.count >= mark.count && bytes.suffix(mark.count).elementsEqual(mark)
    }
  }

  /// What stands behind the first `mark`.
  func part(after mark: StaticString) -> ByteText? {
    let end = mark.withUTF8Buffer { mark in
      bytes.withUnsafeBufferPointer { text -> Int? in
        guard let first = mark.first, text.count >= mark.count else { return nil }
        for start in 0...(text.count - mark.count) where text[start] == first {
          var length = 1
          while length < mark.count, text[start + length] == mark[length] { length += 1 }
          if length == mark.count { return start + length }
        }
        return nil
      }
    }
    return end.map { ByteText(bytes[(bytes.startIndex + $0)...]) }
  }

  func dropFirst(_ count: Int) -> ByteText { ByteText(bytes.dropFirst(count)) }

  /// Up to the first of these bytes, without spaces in front.
  func prefix(to ends: StaticString) -> ByteText {
    let (first, end) = bytes.withUnsafeBufferPointer { text -> (Int, Int) in
      var first = 0
      while first < text.count, text[first] == UInt8(ascii: " ") { first += 1 }
      var end = first
      while end < text.count, !Self.holds(ends, text[end]) { end += 1 }
      return (first, end)
    }
    return ByteText(bytes[(bytes.startIndex + first)..<(bytes.startIndex + end)])
  }

  private static func holds(_ ends: StaticString, _ byte: UInt8) -> Bool {
    for index in 0..<ends.utf8CodeUnitCount where ends.utf8Start[index] == byte { return true }
    return false
  }

  /// Up to a space or a mark.
  var word: ByteText { prefix(to: " ,;") }

  func split(_ separator: Unicode.Scalar) -> [ByteText] {
    bytes.split(separator: UInt8(ascii: separator)).map { ByteText($0) }
  }

  /// Of digits alone.
  var number: UInt32? { bytes.isEmpty ? nil : leading(bytes.count) }

  /// Of the digits that it begins with.
  var leadingNumber: UInt32? {
    let digits = bytes.prefix { (48...57).contains($0) }
    return digits.isEmpty ? nil : leading(digits.count)
  }

  private func leading(_ count: Int) -> UInt32? {
    var value: UInt64 = 0
    for byte in bytes.prefix(count) {
      guard (48...57).contains(byte), value <= UInt64(UInt32.max) else { return nil }
      value = value * 10 + UInt64(byte - 48)
    }
    return UInt32(exactly: value)
  }

  /// `0/163F120`; nil for what is none.
  var position: LSN? { bytes.withUnsafeBufferPointer { LSN(ascii: $0) } }

  /// Of hexadecimal digits alone.
  var hexadecimal: UInt32? { UInt32(text, radix: 16) }
}

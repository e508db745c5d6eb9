/// Columns that a terminal gives a character (East Asian Width W/F and emoji presentation: 2).
package enum GlyphWidth {
  /// 0 for controls and lone combining marks, 1 or 2 otherwise.
  package static func columns(of character: Character) -> Int {
    guard let first = character.unicodeScalars.first else { return 0 }
    if first.value < 0x20 || (0x7F..<0xA0).contains(first.value) { return 0 }
    if first.value < 0x300 { return 1 }
    if isNarrow(first.value), character.unicodeScalars.count == 1 { return 1 }
    switch first.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control, .surrogate: return 0
    default: break
    }
    if character.unicodeScalars.dropFirst().contains(where: { $0.value == 0xFE0F }) { return 2 }
    return isWide(first.value) || first.properties.isEmojiPresentation ? 2 : 1
  }

  package static func columns(of text: some StringProtocol) -> Int {
    isPlain(text) ? text.utf8.count : text.reduce(0) { $0 + columns(of: $1) }
  }

  /// Printable ASCII alone: as many columns as bytes.
  package static func isPlain(_ text: some StringProtocol) -> Bool {
    text.utf8.withContiguousStorageIfAvailable { isPlain($0) }
      ?? text.utf8.allSatisfy(isPlain)
  }

  static func isPlain(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    bytes.allSatisfy(isPlain)
  }

  private static func isPlain(_ byte: UInt8) -> Bool { byte >= 0x20 && byte < 0x7F }

  /// What screens are drawn with, and no table has to be asked about: dashes and quotes, arrows, mathematical signs,
  /// lines, blocks and braille. None of them is an emoji by itself.
  private static func isNarrow(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x2010...0x2027, 0x2190...0x2319, 0x2500...0x25FC, 0x2713...0x2718, 0x2800...0x28FF: true
    default: false
    }
  }

  /// Ranges of Unicode 15's EastAsianWidth.txt with W or F, merged over unassigned gaps.
  private static func isWide(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x1100...0x115F, 0x231A...0x231B, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x33FF,
      0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
      0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
      0x16FE0...0x18D08, 0x1AFF0...0x1B2FB, 0x1F200...0x1F320, 0x1F900...0x1F9FF,
      0x20000...0x3FFFD:
      true
    default: false
    }
  }
}

import RecoveryModel

/// The gate between any text and a cell.
enum CellText {
  /// The text without anything that could drive a terminal (`Sanitizer`), with the blanks at its
  /// ends kept, because they are our own alignment.
  static func clean(_ text: String) -> String {
    if text.unicodeScalars.allSatisfy(isPlain) { return text }
    let leading = text.prefix { $0 == " " }
    guard leading.count < text.count else { return text }
    let trailing = text.reversed().prefix { $0 == " " }.count
    return leading + Sanitizer.clean(text) + String(repeating: " ", count: trailing)
  }

  /// Printable ASCII and the blocks that our own glyphs come from.
  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x20...0x7E, 0xB7, 0x2022, 0x2026, 0x2190...0x2193, 0x2500...0x25FF, 0x2713, 0x2717: true
    default: false
    }
  }
}

/// One grapheme as a cell keeps it: plain memory, so that a screenful is filled, copied and compared as such. A scalar
/// and up to three marks or joined scalars; terminals take hardly more, and what is beyond is left out.
package struct Glyph: Hashable, Sendable {
  /// The scalars after the first, 21 bits each from the lowest; 0 = no more.
  private let rest: UInt64
  /// The first scalar; 0 = the right half of a wide glyph.
  private let first: UInt32

  private static let (bits, most) = (21, 3)

  package static let blank = Glyph(ascii: 0x20)
  package static let continuation = Glyph(ascii: 0)

  init(ascii byte: UInt8) {
    first = UInt32(byte)
    rest = 0
  }

  /// Of a text that is one grapheme; empty = the right half of a wide glyph.
  package init(_ text: some StringProtocol) {
    self.init(scalars: text.unicodeScalars)
  }

  package init(_ character: Character) { self.init(scalars: character.unicodeScalars) }

  private init(scalars: some Collection<Unicode.Scalar>) {
    first = scalars.first?.value ?? 0
    rest = scalars.dropFirst().prefix(Self.most).reversed().reduce(0) {
      $0 << UInt64(Self.bits) | UInt64($1.value)
    }
  }

  package var isContinuation: Bool { first == 0 }

  package var text: String {
    var scalars = String.UnicodeScalarView()
    if let scalar = UnicodeScalar(first), !isContinuation { scalars.append(scalar) }
    var codes = rest
    while codes != 0 {
      let code = UInt32(truncatingIfNeeded: codes & (1 << UInt64(Self.bits) - 1))
      if let scalar = UnicodeScalar(code) { scalars.append(scalar) }
      codes >>= UInt64(Self.bits)
    }
    return String(scalars)
  }
}

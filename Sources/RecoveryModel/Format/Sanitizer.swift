/// Makes text from outside (names, errors, log lines, rows) safe for a terminal cell, a log line and a JSON string.
package enum Sanitizer {
  /// Combining marks kept per letter: more than any living script stacks, far fewer than "zalgo" text does.
  static let maximumMarks = 4

  /// One line without control characters, escapes, bidirectional overrides, invisible characters and piled-up
  /// marks; at most `limit` characters, cut with `...`. Line breaks and tabs become single spaces.
  package static func clean(_ text: String, limit: Int = 500) -> String {
    var result = String.UnicodeScalarView()
    var marks = 0
    var length = 0
    let scalars = strippedOfEscapes(text.unicodeScalars, bound: max(0, limit) * 8)
    for scalar in scalars {
      if isSpace(scalar) {
        if let last = result.last, last != " " {
          result.append(" ")
          length += 1
        }
        marks = 0
        continue
      }
      if isForbidden(scalar) { continue }
      if isMark(scalar) {
        marks += 1
        guard marks <= maximumMarks, !result.isEmpty else { continue }
      } else {
        marks = 0
        length += 1
      }
      if length > limit { break }
      result.append(scalar)
    }
    while result.last == " " { result.removeLast() }
    let line = String(result)
    return length > limit ? cut(line, to: max(0, limit - 3)) + "..." : line
  }

  /// Without the half of a word at its end; one that is longer than most words is worth having in part.
  private static func cut(_ line: String, to room: Int) -> String {
    let cut = line.prefix(room)
    guard cut.endIndex < line.endIndex, line[cut.endIndex] != " ",
      let space = cut.lastIndex(of: " "),
      cut.distance(from: space, to: cut.endIndex) <= longestLoss
    else { return String(cut) }
    return String(cut[..<space])
  }

  private static let longestLoss = 16

  /// Drops terminal sequences whole, so that `ESC[31m` leaves no `[31m` behind: CSI to its final byte, OSC and the
  /// other strings to their terminator. Reads at most `bound` scalars.
  private static func strippedOfEscapes(
    _ scalars: String.UnicodeScalarView, bound: Int
  ) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    var iterator = scalars.prefix(bound).makeIterator()
    while let scalar = iterator.next() {
      switch scalar.value {
      case 0x1B:
        guard let kind = iterator.next() else { return result }
        if kind == "[" { skipControlSequence(&iterator) }
        if "]PX^_".unicodeScalars.contains(kind) { skipString(&iterator) }
      case 0x9B: skipControlSequence(&iterator)
      case 0x90, 0x98, 0x9D, 0x9E, 0x9F: skipString(&iterator)
      default: result.append(scalar)
      }
    }
    return result
  }

  private static func skipControlSequence(_ iterator: inout some IteratorProtocol<Unicode.Scalar>) {
    while let scalar = iterator.next() {
      if (0x40...0x7E).contains(scalar.value) { return }
    }
  }

  private static func skipString(_ iterator: inout some IteratorProtocol<Unicode.Scalar>) {
    while let scalar = iterator.next() {
      if scalar.value == 0x07 || scalar.value == 0x9C { return }
      if scalar.value == 0x1B {
        _ = iterator.next()
        return
      }
    }
  }

  private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .spaceSeparator, .lineSeparator, .paragraphSeparator: true
    default: (0x09...0x0D).contains(scalar.value) || scalar.value == 0x85
    }
  }

  /// Controls, format characters (bidi overrides and isolates, zero-width ones, tags), private use, unassigned; the
  /// invisible letters and selectors that terminals disagree on.
  private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned: true
    default:
      scalar.properties.isDefaultIgnorableCodePoint || scalar.properties.isVariationSelector
        || scalar.value == 0x2800
    }
  }

  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .spacingMark: true
    default: false
    }
  }
}

/// A colour of the terminal's own palette; a theme never changes the palette.
package enum Color: Sendable, Hashable {
  /// Whatever the terminal's user has chosen.
  case terminalDefault
  /// 0-15 the named colours, 16-231 a 6x6x6 cube, 232-255 greys (xterm's 256-colour palette).
  case palette(UInt8)

  /// Names in palette order: 0-7, then 8-15.
  package static let names = [
    "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white",
    "bright-black", "bright-red", "bright-green", "bright-yellow", "bright-blue",
    "bright-magenta", "bright-cyan", "bright-white",
  ]

  /// A name, `default`, or an index 0-255; nil for anything else.
  package init?(_ text: String) {
    if text == "default" {
      self = .terminalDefault
    } else if let index = Self.names.firstIndex(of: text), let narrow = UInt8(exactly: index) {
      self = .palette(narrow)
    } else if let index = UInt8(text) {
      self = .palette(index)
    } else {
      return nil
    }
  }
}

/// How text stands out besides its colour.
package struct TextAttributes: OptionSet, Sendable, Hashable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) { self.rawValue = rawValue }

  package static let bold = TextAttributes(rawValue: 1)
  package static let dim = TextAttributes(rawValue: 2)
  package static let reverse = TextAttributes(rawValue: 4)
  package static let underline = TextAttributes(rawValue: 8)

  /// As theme files spell them.
  package static let names: [(name: String, value: TextAttributes)] = [
    ("bold", .bold), ("dim", .dim), ("reverse", .reverse), ("underline", .underline),
  ]
}

/// How a role looks. A colour that is nil is the one of the role `text`.
package struct Style: Sendable, Hashable {
  package var foreground: Color?
  package var background: Color?
  package var attributes: TextAttributes

  package init(
    foreground: Color? = nil, background: Color? = nil, attributes: TextAttributes = []
  ) {
    self.foreground = foreground
    self.background = background
    self.attributes = attributes
  }
}

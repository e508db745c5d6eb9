/// A look for every role.
package struct Theme: Sendable, Equatable {
  package var name: String
  package var styles: [Role: Style]

  package init(name: String, styles: [Role: Style]) {
    self.name = name
    self.styles = styles
  }

  /// A role that the theme leaves out looks like `text`; so does a colour that its style leaves out.
  package func style(for role: Role) -> Style {
    let base = styles[.text] ?? Style()
    guard role != .text, var style = styles[role] else { return base }
    style.foreground = style.foreground ?? base.foreground
    style.background = style.background ?? base.background
    return style
  }

  /// The same theme for a terminal with fewer colours.
  package func style(for role: Role, depth: ColorDepth) -> Style {
    let style = style(for: role)
    guard depth != .monochrome else { return monochrome(style, role: role) }
    var reduced = style
    reduced.foreground = style.foreground.map { $0.reduced(to: depth) }
    reduced.background = style.background.map { $0.reduced(to: depth) }
    if depth == .eight { separate(&reduced, from: style) }
    return reduced
  }

  /// Greys have no place among eight colours: as black or white they may vanish into the other colour.
  private func separate(_ reduced: inout Style, from style: Style) {
    let sixteen = style.foreground.map { $0.reduced(to: .sixteen) }
    let grey = Color.palette(8)
    let (black, white) = (Color.palette(0), Color.palette(7))
    if sixteen == grey { reduced.foreground = reduced.background == white ? black : white }
    let backgroundIsGrey = style.background.map { $0.reduced(to: .sixteen) } == grey
    let isLost = reduced.background == white && reduced.foreground == .terminalDefault
    if backgroundIsGrey || isLost
      || (reduced.foreground == reduced.background && reduced.background != .terminalDefault)
    {
      reduced.foreground = .terminalDefault
      reduced.background = .terminalDefault
      reduced.attributes.insert(.reverse)
    }
  }

  /// Attributes alone: a background of its own becomes reverse video, so that a selection still shows.
  private func monochrome(_ style: Style, role: Role) -> Style {
    var attributes = style.attributes
    let base = styles[.text] ?? Style()
    if role != .text, let background = style.background, background != base.background {
      attributes.insert(.reverse)
    }
    switch role {
    case .critical, .danger, .hole: attributes.formUnion([.bold, .reverse])
    case .warning, .target: attributes.insert(.bold)
    case .unknown: attributes.insert(.underline)
    case .dim, .disabled, .gaugeEmpty: attributes.insert(.dim)
    default: break
    }
    return Style(attributes: attributes)
  }
}

/// How many colours a terminal has.
package enum ColorDepth: Int, Sendable, Comparable {
  case monochrome = 0
  case eight = 8
  case sixteen = 16
  case palette = 256

  package static func < (left: ColorDepth, right: ColorDepth) -> Bool {
    left.rawValue < right.rawValue
  }

  /// The depth that a terminal with so many colours can show.
  package init(colors: Int) {
    self =
      switch colors {
      case 256...: .palette
      case 16...: .sixteen
      case 8...: .eight
      default: .monochrome
      }
  }
}

extension Color {
  /// The colour of the same hue among the first 16 or 8; itself where the depth has it.
  package func reduced(to depth: ColorDepth) -> Color {
    guard case .palette(let index) = self, depth != .palette else { return self }
    let named = index < 16 ? index : Self.named(for: Self.components(of: index))
    return .palette(depth == .sixteen ? named : named % 8)
  }

  /// Red, green and blue (0-255) of xterm's cube and greys.
  private static func components(of index: UInt8) -> [Int] {
    let value = Int(index)
    if value >= 232 { return Array(repeating: 8 + (value - 232) * 10, count: 3) }
    let cube = value - 16
    return [cube / 36, cube / 6 % 6, cube % 6].map { $0 == 0 ? 0 : 55 + $0 * 40 }
  }

  /// A bit per channel that is at or above the middle of the colour's own range: the nearest colour by
  /// distance would turn a pale red into grey.
  private static func named(for channels: [Int]) -> UInt8 {
    let low = channels.min() ?? 0
    let high = channels.max() ?? 0
    guard high - low > 40 else {
      switch high {
      case ...60: return 0
      case ...150: return 8
      case ...215: return 7
      default: return 15
      }
    }
    var bits: UInt8 = 0
    for (index, channel) in channels.enumerated() where channel * 2 >= low + high {
      bits |= 1 << UInt8(index)
    }
    return high >= 215 ? bits + 8 : bits
  }
}

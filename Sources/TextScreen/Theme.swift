/// A look for every role.
public struct Theme: Sendable, Equatable {
  public var name: String
  public var styles: [Role: Style]

  public init(name: String, styles: [Role: Style]) {
    self.name = name
    self.styles = styles
  }

  /// A role that the theme leaves out looks like `text`; so does a colour that its style leaves out.
  public func style(for role: Role) -> Style {
    let base = styles[.text] ?? Style()
    guard role != .text, var style = styles[role] else { return base }
    style.foreground = style.foreground ?? base.foreground
    style.background = style.background ?? base.background
    return style
  }

  /// The same theme for a terminal with fewer colours.
  public func style(for role: Role, depth: ColorDepth) -> Style {
    let style = style(for: role)
    guard depth != .monochrome else { return monochrome(style, role: role) }
    var reduced = style
    reduced.foreground = style.foreground.map { $0.reduced(to: depth) }
    reduced.background = style.background.map { $0.reduced(to: depth) }
    // Two different colours that fall together would hide the text.
    if let foreground = reduced.foreground, foreground == reduced.background,
      foreground != .terminalDefault, style.foreground != style.background
    {
      reduced.foreground = .terminalDefault
      reduced.background = .terminalDefault
      reduced.attributes.insert(.reverse)
    }
    return reduced
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
public enum ColorDepth: Int, Sendable, Comparable {
  case monochrome = 0
  case eight = 8
  case sixteen = 16
  case palette = 256

  public static func < (left: ColorDepth, right: ColorDepth) -> Bool {
    left.rawValue < right.rawValue
  }

  /// The depth that a terminal with so many colours can show.
  public init(colors: Int) {
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
  /// The nearest colour among the first 16 or 8; itself where the depth has it.
  public func reduced(to depth: ColorDepth) -> Color {
    guard case .palette(let index) = self, depth != .palette else { return self }
    let nearest = index < 16 ? Int(index) : Self.nearestNamed(to: Self.components(of: index))
    guard depth != .sixteen else { return .palette(UInt8(truncatingIfNeeded: nearest)) }
    // Bright black is a grey: as black it would vanish on a dark terminal.
    return nearest == 8 ? .palette(7) : .palette(UInt8(truncatingIfNeeded: nearest % 8))
  }

  /// Red, green and blue (0-255) of xterm's cube and greys.
  private static func components(of index: UInt8) -> (red: Int, green: Int, blue: Int) {
    let value = Int(index)
    if value >= 232 {
      let grey = 8 + (value - 232) * 10
      return (grey, grey, grey)
    }
    let cube = value - 16
    func level(_ step: Int) -> Int { step == 0 ? 0 : 55 + step * 40 }
    return (level(cube / 36), level(cube / 6 % 6), level(cube % 6))
  }

  /// xterm's default values of the 16 named colours.
  private static let named: [(red: Int, green: Int, blue: Int)] = [
    (0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205),
    (0, 205, 205), (229, 229, 229), (127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0),
    (92, 92, 255), (255, 0, 255), (0, 255, 255), (255, 255, 255),
  ]

  private static func nearestNamed(to color: (red: Int, green: Int, blue: Int)) -> Int {
    func distance(_ other: (red: Int, green: Int, blue: Int)) -> Int {
      let (red, green, blue) = (
        color.red - other.red, color.green - other.green, color.blue - other.blue
      )
      return red * red + green * green + blue * blue
    }
    var best = 0
    for index in named.indices where distance(named[index]) < distance(named[best]) {
      best = index
    }
    return best
  }
}

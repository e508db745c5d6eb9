import RecoveryModel
import TextScreen

extension Verdict {
  var role: Role {
    switch self {
    case .proven: .good
    case .likely: .notice
    case .unknown: .unknown
    case .atRisk: .warning
    case .notRecoverable: .critical
    }
  }

  func glyph(_ glyphs: GlyphSet) -> String {
    switch self {
    case .proven: glyphs.check
    case .likely: glyphs.bullet
    case .unknown: glyphs.question
    case .atRisk: glyphs.warning
    case .notRecoverable: glyphs.cross
    }
  }
}

extension Severity {
  var role: Role {
    switch self {
    case .info: .notice
    case .warning: .warning
    case .critical: .critical
    }
  }

  func glyph(_ glyphs: GlyphSet) -> String {
    switch self {
    case .info: glyphs.bullet
    case .warning: glyphs.warning
    case .critical: glyphs.cross
    }
  }
}

extension DrillOutcome {
  var role: Role {
    switch self {
    case .passed: .good
    case .failed: .critical
    case .cancelled: .notice
    case .couldNotRun: .unknown
    case .notTested: .warning
    }
  }

  func glyph(_ glyphs: GlyphSet) -> String {
    switch self {
    case .passed: glyphs.check
    case .failed: glyphs.cross
    case .cancelled: glyphs.bullet
    case .couldNotRun: glyphs.question
    case .notTested: glyphs.warning
    }
  }
}

/// Yes, no or unknown, as glyph and meaning.
enum Tick {
  static func span(_ value: Bool?, _ glyphs: GlyphSet) -> Span {
    switch value {
    case true: Span(glyphs.check, .good)
    case false: Span(glyphs.cross, .critical)
    default: Span(glyphs.question, .unknown)
    }
  }

  /// For answers where yes is the bad one, as in `restart pending`.
  static func word(_ value: Bool?) -> String {
    switch value {
    case true: "yes"
    case false: "no"
    default: "unknown"
    }
  }
}

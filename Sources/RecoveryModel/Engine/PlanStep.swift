/// One line of an operation's plan that a person can check, and what kind of line it is.
package struct PlanStep: Sendable, Equatable, ExpressibleByStringInterpolation {
  package enum Kind: Sendable {
    case act
    /// How far WAL is replayed: what a drill of a marker finds out only once its marker is there.
    case replay
    /// Not done besides: all that is before it, as one would type it.
    case command
  }

  package var kind: Kind
  package var words: String

  package init(_ kind: Kind, _ words: String) {
    self.kind = kind
    self.words = words
  }

  package init(stringLiteral words: String) { self.init(.act, words) }

  package static func act(_ words: String) -> PlanStep { PlanStep(.act, words) }
  package static func replay(_ words: String) -> PlanStep { PlanStep(.replay, words) }
  package static func command(_ words: String) -> PlanStep { PlanStep(.command, words) }

  /// As it stands in a list of steps.
  package var text: String { kind == .command ? "Command: \(words)" : words }
}

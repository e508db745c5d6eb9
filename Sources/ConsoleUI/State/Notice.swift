import FoundationEssentials
import TextScreen

/// A line that tells what just happened and goes away by itself.
public struct Notice: Sendable, Equatable {
  public var text: String
  public var role: Role
  public var expires: Date

  public init(_ text: String, role: Role, expires: Date) {
    self.text = text
    self.role = role
    self.expires = expires
  }
}

/// A line being typed.
public struct Prompt: Sendable, Equatable {
  public enum Kind: Sendable, Equatable { case command, filter }
  public var kind: Kind
  public var text: String
  /// Which suggestion Enter takes; -1 = the text as typed.
  public var choice: Int
  /// What a filter was before, for Esc.
  public var previous: String

  public init(_ kind: Kind, text: String = "", choice: Int = 0, previous: String = "") {
    self.kind = kind
    self.text = text
    self.choice = choice
    self.previous = previous
  }
}

extension AppState {
  /// Says something for `seconds`; more serious things stay longer. At most five wait at a time.
  mutating func notify(_ text: String, _ role: Role = .notice, seconds: Double = 6) {
    notices.append(Notice(text, role: role, expires: now.addingTimeInterval(seconds)))
    notices = notices.suffix(5)
  }
}

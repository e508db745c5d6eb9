import FoundationEssentials
import TextScreen

/// A line that tells what just happened and goes away by itself.
package struct Notice: Sendable, Equatable {
  package var text: String
  package var role: Role
  package var expires: Date
  /// The next key takes it away: it told what the one before had done.
  var goesWithKey = false

  package init(_ text: String, role: Role, expires: Date) {
    self.text = text
    self.role = role
    self.expires = expires
  }
}

/// A line being typed.
package struct Prompt: Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    case command, filter, moment, stretch, share, file, table
  }
  package var kind: Kind
  package var text: String
  /// Which suggestion Enter takes; -1 = the text as typed.
  package var choice: Int
  /// What a filter was before, for Esc.
  package var previous: String

  package init(_ kind: Kind, text: String = "", choice: Int = 0, previous: String = "") {
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

  /// The same of what a key has just done.
  mutating func notifyUntilKey(_ text: String, seconds: Double) {
    notify(text, seconds: seconds)
    notices[notices.count - 1].goesWithKey = true
  }
}

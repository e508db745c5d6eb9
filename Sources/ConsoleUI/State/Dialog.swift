import FoundationEssentials
import RecoveryModel

/// A question that stands in front of everything else. What it asks about is frozen in it: a new
/// picture or another selection cannot change what a yes means.
package enum Dialog: Sendable, Equatable {
  /// The engine is making the plan.
  case planning(OperationRequest, cluster: String, since: Date)
  case confirm(Confirmation)
  /// No plan could be made.
  case refused(OperationRequest, cluster: String, RecoveryError)
  case chooseBackup(cluster: String, kinds: [BackupKind], choice: Int)
  case chooseTheme(choice: Int)
  case cancelOperation(cluster: String, title: String, yes: Bool)
  /// Operations that die with the console, each named.
  case quit(running: [String], yes: Bool)
}

/// A plan, waiting for a yes, or for a name to be typed where the plan demands one.
package struct Confirmation: Sendable, Equatable {
  package var plan: OperationPlan
  /// The button that Enter presses; starts on No.
  package var yes: Bool
  package var scroll: Int
  /// What has been typed of `plan.typedConfirmation`.
  package var typed: String
  var reading = PlanReading()
  /// Enter was pressed before the end was on the screen.
  var isHasty = false

  package init(plan: OperationPlan, yes: Bool = false, scroll: Int = 0, typed: String = "") {
    self.plan = plan
    self.yes = yes
    self.scroll = scroll
    self.typed = typed
  }

  /// Letters that can be typed; longer than any name of a cluster with its context.
  static let longest = 400

  /// Why a yes is not possible; nil = it is.
  var obstacle: String? {
    guard let first = plan.unmet.first else { return nil }
    let more = plan.unmet.count - 1
    return "not met: \(first.what)" + (more > 0 ? " (and \(more) more)" : "")
  }
}

/// How much of a plan has been on the screen, and since when all of it has.
struct PlanReading: Sendable, Equatable {
  /// Rows seen without a gap, from the first on.
  private(set) var rows = 0
  private(set) var wholeSince: Date?

  /// What comes sooner was not meant for it: no one reads in less; seconds.
  static let shortest = 0.3

  var isWhole: Bool { wholeSince != nil }

  /// `visible` of `count` rows are on the screen.
  mutating func note(_ visible: Range<Int>, of count: Int, at time: Date) {
    if visible.lowerBound <= rows { rows = max(rows, visible.upperBound) }
    if rows >= count, !isWhole { wholeSince = time }
  }

  /// Rows have been broken anew: what was seen of some of them says nothing any more.
  mutating func begin() { if !isWhole { rows = 0 } }

  /// Whether somebody may have read it by now. A clock set back makes nobody wait for longer.
  func isDone(at time: Date) -> Bool {
    guard let wholeSince else { return false }
    let seconds = time.timeIntervalSince(wholeSince)
    return seconds >= Self.shortest || seconds < 0
  }
}

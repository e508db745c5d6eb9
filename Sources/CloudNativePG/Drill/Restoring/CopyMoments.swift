import RecoveryModel

/// When a copy's recovery came to its next state, by the times in the log's own lines: a line that is read late tells all
/// the same when it was written.
///
/// Their clock is the node's, ours begins with the drill; the smallest difference between a line's time and its arrival is
/// how far they lie apart.
struct CopyMoments: Sendable, Equatable {
  private struct Mark: Sendable, Equatable {
    /// Seconds since 1970 on the node's clock; nil where the line tells none.
    var written: Double?
    /// Seconds since the drill began.
    var arrived: Double
  }

  private var marks: [DrillState: Mark] = [:]
  private var offset: Double?

  private static let states: [DrillState] = [.restoring, .replaying, .starting, .handingOver]

  /// The furthest state that was seen.
  var state: DrillState? { Self.states.last { marks[$0] != nil } }

  /// A line came, whatever it says.
  mutating func hear(written: Double?, arrived: Double) {
    guard let written else { return }
    offset = min(offset ?? .infinity, arrived - written)
  }

  /// The first line that tells of a state counts. A new try begins with another restore; what the one before came to is
  /// forgotten then.
  mutating func enter(_ state: DrillState, written: Double?, arrived: Double) {
    let mark = Mark(written: written, arrived: arrived)
    // Another container's line may only be read late.
    if state == .restoring, let last = self.state, last != .restoring, let before = marks[last],
      (written ?? arrived) > (before.written ?? before.arrived)
    {
      for later in Self.states.dropFirst() { marks[later] = nil }
    }
    if marks[state] == nil { marks[state] = mark }
  }

  /// Seconds since the drill began, by state.
  var elapsed: [DrillState: Double] {
    marks.mapValues { elapsed(written: $0.written, arrived: $0.arrived) }
  }

  /// The same for any line that was heard.
  func elapsed(written: Double?, arrived: Double) -> Double {
    guard let written, let offset else { return arrived }
    return min(arrived, written + offset)
  }
}

extension CopyMoments {
  /// What the instance manager says as it comes to a state.
  private static let words: [(prefix: String, state: DrillState)] = [
    ("Recovering from external cluster", .restoring), ("Restore through plugin", .restoring),
    ("Recovering existing data directory", .restoring), ("Target backup found", .restoring),
    ("Starting barman-cloud-restore", .restoring), ("Starting up instance", .replaying),
  ]
  /// What PostgreSQL says.
  private static let records: [(prefix: String, state: DrillState)] = [
    ("starting archive recovery", .replaying), ("starting point-in-time recovery", .replaying),
    ("starting backup recovery", .replaying), ("redo starts at", .replaying),
    ("redo done at", .starting), ("redo is not required", .starting),
  ]

  private static func state(ofManager message: String) -> DrillState? {
    words.first { message.hasPrefix($0.prefix) }?.state
  }

  private static func state(ofServer message: String) -> DrillState? {
    records.first { message.hasPrefix($0.prefix) }?.state
  }

  /// Takes in what a line says. The instance manager starts the server again after the promotion, which begins nothing; a
  /// server that is up is handed over only after its replay.
  mutating func read(_ message: String, isServers: Bool, written: Double?, arrived: Double) {
    if isServers, message == "database system is ready to accept connections" {
      if marks[.starting] != nil { enter(.handingOver, written: written, arrived: arrived) }
      return
    }
    guard
      let state = isServers ? Self.state(ofServer: message) : Self.state(ofManager: message),
      !(state == .replaying && marks[.starting] != nil)
    else { return }
    enter(state, written: written, arrived: arrived)
  }
}

import FoundationEssentials

/// What a person may type for a moment. Nothing is guessed: what could mean two things is refused with both.
package struct MomentText: Sendable {
  package var now: Date
  /// What times without a zone are told in.
  package var zone: LocalZone
  /// Of the catalog: such a word by itself is a backup.
  package var labels: [String]

  package init(now: Date, zone: LocalZone = .utc, labels: [String] = []) {
    self.now = now
    self.zone = zone
    self.labels = labels
  }

  /// What is understood, for error messages and help.
  package static let understood =
    "latest, 14:03, yesterday 14:03, 2026-11-29T14:03:00Z, -5m, an LSN as 3/7A000060, xid 9183, "
    + "name RESTORE_POINT, backup LABEL; with \"before\" in front: just before a time, LSN or xid"

  package func parse(_ text: String) throws(RecoveryError) -> RecoveryMoment {
    let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
    guard let first = words.first else {
      throw RecoveryError(.invalid, "no moment is given", remedy: "understood: \(Self.understood)")
    }
    guard words.count > 1, first.lowercased() == "before" else {
      return RecoveryMoment(try target(words))
    }
    let target = try target(Array(words.dropFirst()))
    switch target {
    case .time, .position, .transaction: return RecoveryMoment(target, isExclusive: true)
    case .latest, .restorePoint, .backup:
      throw RecoveryError(
        .invalid, "\"before\" goes with a time, an LSN or a transaction alone",
        remedy: "understood: \(Self.understood)")
    }
  }

  private func target(_ words: [String]) throws(RecoveryError) -> RecoveryMoment.Target {
    let text = words.joined(separator: " ")
    if words.count == 1 {
      if labels.contains(text) { return .backup(text) }
      if text.lowercased() == "latest" { return .latest }
      if let lsn = LSN(text: text) { return .position(lsn) }
    }
    if let named = try named(words) { return named }
    if words.count == 1, text.allSatisfy({ ("0"..."9").contains($0) }) {
      return try transaction(alone: text)
    }
    if let date = try relative(text) { return .time(date) }
    if let date = try CivilText(text: text, now: now, zone: zone).date() { return .time(date) }
    throw notUnderstood(text)
  }

  /// `xid 9183`, `lsn 3/7A`, `name before-upgrade`, `backup LABEL`.
  private func named(_ words: [String]) throws(RecoveryError) -> RecoveryMoment.Target? {
    guard words.count > 1 else { return nil }
    let rest = words.dropFirst().joined(separator: " ")
    switch words[0].lowercased() {
    case "xid", "transaction":
      guard let id = UInt64(rest), id >= Self.firstTransaction else {
        throw RecoveryError(
          .invalid, "\(shown(rest)) is no transaction id",
          remedy:
            "one is a number from \(Self.firstTransaction) on, as pg_current_xact_id() tells it")
      }
      return .transaction(id)
    case "lsn":
      guard let lsn = LSN(text: rest) else {
        throw RecoveryError(
          .invalid, "\(shown(rest)) is no LSN", remedy: "one looks like 3/7A000060")
      }
      return .position(lsn)
    case "name": return .restorePoint(rest)
    case "restore" where words.count > 2 && words[1].lowercased() == "point":
      return .restorePoint(words.dropFirst(2).joined(separator: " "))
    case "backup": return .backup(rest)
    default: return nil
    }
  }

  /// PostgreSQL keeps the ids before it for itself.
  private static let firstTransaction: UInt64 = 3

  /// A number by itself. Three or four digits may be a time without its colon.
  private func transaction(alone digits: String) throws(RecoveryError) -> RecoveryMoment.Target {
    if digits.count == 3 || digits.count == 4, let number = Int(digits), number / 100 < 24,
      number % 100 < 60
    {
      let minutes = number % 100
      throw RecoveryError(
        .invalid, "\(digits) may be a time or a transaction",
        remedy: "write \(number / 100):\(minutes < 10 ? "0" : "")\(minutes) or xid \(number)")
    }
    guard let id = UInt64(digits), id >= Self.firstTransaction else { throw notUnderstood(digits) }
    return .transaction(id)
  }

  /// `-5m`: so long before now.
  private func relative(_ text: String) throws(RecoveryError) -> Date? {
    guard text.hasPrefix("-"), text.dropFirst().first.map({ ("0"..."9").contains($0) }) == true
    else { return nil }
    let span = String(text.dropFirst())
    guard let seconds = DurationText.seconds(span) else {
      throw RecoveryError(
        .invalid, "\(shown(text)) is no span of time",
        remedy: DurationText.advice(for: span) ?? "write \(DurationText.expected), after a -")
    }
    // Nobody means the microsecond at which it was typed.
    return Date(timeIntervalSince1970: (now.timeIntervalSince1970 - seconds).rounded(.down))
  }

  private func notUnderstood(_ text: String) -> RecoveryError {
    if let near = Suggestion.nearest(to: text, among: labels + ["latest", "yesterday"]) {
      return RecoveryError(
        .invalid, "no moment is named \(shown(text))",
        remedy: "did you mean \(shown(near))? Understood: \(Self.understood)")
    }
    return RecoveryError(
      .invalid, "\(shown(text)) is no moment that is understood",
      remedy: "understood: \(Self.understood)")
  }

  private func shown(_ text: String) -> String { "\"\(Sanitizer.clean(text, limit: 60))\"" }
}

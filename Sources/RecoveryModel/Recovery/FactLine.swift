import FoundationEssentials

/// A labelled line of what is known, the same on every face: what it means stands beside it.
package struct FactLine: Sendable, Equatable {
  package enum Tone: String, Sendable, Equatable {
    case text, strong, dim, good, notice, warning, critical, unknown
  }

  /// Empty = it goes on from the line above.
  package var label: String
  package var text: String
  package var tone: Tone
  /// Where there is little room its last clauses may go.
  package var mayBeCut = false

  package init(_ label: String, _ text: String, _ tone: Tone = .text) {
    self.label = label
    self.text = text
    self.tone = tone
  }
}

extension LocalZone {
  /// In UTC, and by the user's clock where that is another.
  package func both(_ date: Date) -> String {
    isUTC ? RecoveryMoment.exact(date) : "\(RecoveryMoment.exact(date)) (\(text(date)))"
  }

  /// The same to the second: when somebody looked says no more.
  package func told(_ date: Date) -> String {
    both(Date(timeIntervalSince1970: date.timeIntervalSince1970.rounded(.down)))
  }
}

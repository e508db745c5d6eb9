import FoundationEssentials

/// A primary that was found stopped, and when it can have written last: kept, so that who looks later tells the same.
package struct PrimaryStop: Sendable, Equatable, Codable {
  /// Seconds between two looks within which nobody starts a server and loses it again unseen.
  private static let patience = 900.0

  package var server: String
  /// It has written nothing after that.
  package var at: Date
  /// When it was last found so.
  package var seenAt: Date

  /// nil = it is not seen to be stopped. By its own files where they can be seen, else by the first of the looks that
  /// follow each other closely; never before it was seen to run. `known` is what was found before.
  init?(_ server: Instance, after answered: Date?, _ known: [PrimaryStop]) {
    guard server.isStopped else { return nil }
    (self.server, seenAt) = (server.name, server.observedAt)
    at = server.lastWroteAt ?? server.observedAt
    if server.lastWroteAt == nil {
      for stop in known where stop.goes(on: self) { at = min(at, stop.at) }
    }
    at = min(seenAt, max(at, answered ?? .distantPast))
  }

  /// The same stop as a later look found.
  private func goes(on later: PrimaryStop) -> Bool {
    server == later.server && abs(later.seenAt.timeIntervalSince(seenAt)) <= Self.patience
  }

  /// What two have found of it: the later look, and the earlier bound where it is of the same stop.
  func merged(_ other: PrimaryStop) -> PrimaryStop {
    guard seenAt <= other.seenAt else { return other.merged(self) }
    var new = other
    if goes(on: new) { new.at = min(at, new.at) }
    return new
  }
}

import FoundationEssentials

/// What the backups have in common with the primary: one mishap takes both.
package struct SharedPlace: Sendable, Equatable {
  package enum Extent: String, Sendable, Equatable { case disk, machine }
  package var extent: Extent
  /// As `/var/lib/pgbackrest and /var/lib/postgresql/16/main`.
  package var what: String
  package var source: String
  package var at: Date
  /// Other repositories are elsewhere.
  package var hasOthers: Bool

  package init(
    extent: Extent, what: String, source: String, at: Date, hasOthers: Bool = false
  ) {
    self.extent = extent
    self.what = what
    self.source = source
    self.at = at
    self.hasOthers = hasOthers
  }
}

/// Backups that go down with what they are of.
enum SharedPlaceRules {
  static let shared = Rule("repository.shared", .warning, "shared place") { context in
    guard let place = context.report.sharedPlace else { return [] }
    let (thing, advice) =
      switch place.extent {
      case .disk: ("disk", "another disk, better of another machine")
      case .machine: ("machine", "another machine")
      }
    let beside = place.hasOthers ? "; another repository is configured beside it" : ""
    return [
      Finding(
        id: "repository.shared", severity: place.hasOthers ? .info : .warning,
        headline: "The repository is on the primary's own \(thing): what takes the \(thing) takes "
          + "the backups along\(beside)",
        evidence: [
          Evidence(
            what: Sanitizer.clean(place.what, limit: 200),
            source: Sanitizer.clean(place.source, limit: 80), at: place.at)
        ],
        remedy: "Move it to \(advice), or add a second repository there (repo2-…, an object "
          + "store). Where it is meant to be so: shared_place: accepted.",
        ceiling: place.hasOthers ? .proven : .likely)
    ]
  }
}

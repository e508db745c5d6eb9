/// What an engine's own finding is about: whoever shows it must have a place for each.
package enum FindingTopic: Sendable, CaseIterable {
  case cluster, identity, archive, backups, repository, window, recovery
}

/// A finding of a rule that only one engine knows.
package struct EngineFinding: Sendable, Equatable {
  package var finding: Finding
  package var topic: FindingTopic

  package init(_ finding: Finding, _ topic: FindingTopic) {
    self.finding = finding
    self.topic = topic
  }
}

import FoundationEssentials

/// `jobs.batch`: pods that are to end.
package struct Job: Sendable, Equatable, Decodable {
  package static var resource: Resource { Resource(group: "batch", version: "v1", plural: "jobs") }

  package var metadata: ObjectMetadata
  package var spec: Spec?
  package var status: Status?

  package init(metadata: ObjectMetadata, spec: Spec? = nil, status: Status? = nil) {
    self.metadata = metadata
    self.spec = spec
    self.status = status
  }

  package struct Spec: Sendable, Equatable, Decodable {
    /// Tries after the first.
    package var backoffLimit: Int?

    package init(backoffLimit: Int? = nil) {
      self.backoffLimit = backoffLimit
    }
  }

  package struct Status: Sendable, Equatable, Decodable {
    package var active: Int?
    package var failed: Int?
    package var startTime: String?
    package var conditions: [Condition]?

    package init(
      active: Int? = nil, failed: Int? = nil, startTime: String? = nil,
      conditions: [Condition]? = nil
    ) {
      self.active = active
      self.failed = failed
      self.startTime = startTime
      self.conditions = conditions
    }
  }

  package var name: String { metadata.name }

  package var isComplete: Bool { isTrue("Complete") }
  package var hasFailed: Bool { isTrue("Failed") }

  private func isTrue(_ type: String) -> Bool {
    status?.conditions?.contains { $0.type == type && $0.isTrue } ?? false
  }
}

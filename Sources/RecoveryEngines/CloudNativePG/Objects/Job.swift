import FoundationEssentials

/// `jobs.batch`: what the operator makes an instance with.
public struct Job: KubernetesObject {
  public static var resource: Resource { Resource(group: "batch", version: "v1", plural: "jobs") }

  public var metadata: ObjectMetadata
  public var spec: Spec?
  public var status: Status?

  public struct Spec: Sendable, Equatable, Decodable {
    /// Tries after the first.
    public var backoffLimit: Int?
  }

  public struct Status: Sendable, Equatable, Decodable {
    public var active: Int?
    public var succeeded: Int?
    public var failed: Int?
    public var startTime: String?
    public var completionTime: String?
    public var conditions: [Condition]?
  }

  public var name: String { metadata.name }
  /// `initdb`, `full-recovery`, `join`, ….
  public var role: String? { metadata.labels?["cnpg.io/jobRole"] }

  public var isComplete: Bool { isTrue("Complete") }
  public var hasFailed: Bool { isTrue("Failed") }

  private func isTrue(_ type: String) -> Bool {
    status?.conditions?.contains { $0.type == type && $0.isTrue } ?? false
  }
}

import FoundationEssentials

/// `scheduledbackups.postgresql.cnpg.io`: what takes base backups by itself.
public struct CNPGScheduledBackup: KubernetesObject {
  public static var resource: Resource {
    Resource(group: "postgresql.cnpg.io", version: "v1", plural: "scheduledbackups")
  }

  public var metadata: ObjectMetadata
  public var spec: Spec
  public var status: Status?

  public struct Spec: Sendable, Equatable, Decodable {
    public var schedule: String?
    public var suspend: Bool?
    public var immediate: Bool?
    public var cluster: LocalReference?
    public var method: String?
    public var backupOwnerReference: String?
    public var pluginConfiguration: PluginConfiguration?
  }

  public struct PluginConfiguration: Sendable, Equatable, Decodable {
    public var name: String?
    public var parameters: [String: String]?
  }

  public struct Status: Sendable, Equatable, Decodable {
    public var lastCheckTime: String?
    /// These two are absent until the first Backup was made.
    public var lastScheduleTime: String?
    public var nextScheduleTime: String?
    public var error: String?
  }

  public var name: String { metadata.name }
  public var clusterName: String? { spec.cluster?.name }
  public var isSuspended: Bool { spec.suspend ?? false }
  public var lastCheck: Date? { kubernetesDate(status?.lastCheckTime) }
  public var lastRun: Date? { kubernetesDate(status?.lastScheduleTime) }
  public var nextRun: Date? { kubernetesDate(status?.nextScheduleTime) }
  public var createdAt: Date? { kubernetesDate(metadata.creationTimestamp) }
}

import FoundationEssentials
import Kubernetes

/// `scheduledbackups.postgresql.cnpg.io`: what takes base backups by itself.
package struct CNPGScheduledBackup: KubernetesObject {
  package static var resource: Resource {
    Resource(group: "postgresql.cnpg.io", version: "v1", plural: "scheduledbackups")
  }

  package var metadata: ObjectMetadata
  package var spec: Spec
  package var status: Status?

  package struct Spec: Sendable, Equatable, Decodable {
    package var schedule: String?
    package var suspend: Bool?
    package var immediate: Bool?
    package var cluster: LocalReference?
    package var method: String?
    package var backupOwnerReference: String?
    package var pluginConfiguration: PluginConfiguration?

    package init(
      schedule: String? = nil, suspend: Bool? = nil, immediate: Bool? = nil,
      cluster: LocalReference? = nil, method: String? = nil, backupOwnerReference: String? = nil,
      pluginConfiguration: PluginConfiguration? = nil
    ) {
      self.schedule = schedule
      self.suspend = suspend
      self.immediate = immediate
      self.cluster = cluster
      self.method = method
      self.backupOwnerReference = backupOwnerReference
      self.pluginConfiguration = pluginConfiguration
    }
  }

  package struct PluginConfiguration: Sendable, Equatable, Decodable {
    package var name: String?
    package var parameters: [String: String]?
  }

  package struct Status: Sendable, Equatable, Decodable {
    package var lastCheckTime: String?
    /// These two are absent until the first Backup was made.
    package var nextScheduleTime: String?
    package var error: String?

    package init(
      lastCheckTime: String? = nil,
      nextScheduleTime: String? = nil, error: String? = nil
    ) {
      self.lastCheckTime = lastCheckTime
      self.nextScheduleTime = nextScheduleTime
      self.error = error
    }
  }

  package var name: String { metadata.name }
  package var clusterName: String? { spec.cluster?.name }
  package var isSuspended: Bool { spec.suspend ?? false }
  package var lastCheck: Date? { kubernetesDate(status?.lastCheckTime) }
  package var nextRun: Date? { kubernetesDate(status?.nextScheduleTime) }
  package var createdAt: Date? { metadata.creationTimestamp?.date }
}

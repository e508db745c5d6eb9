import FoundationEssentials

/// `cronjobs.batch`: what starts Jobs by the clock.
package struct CronJob: Sendable, Equatable, Decodable {
  package static var resource: Resource {
    Resource(group: "batch", version: "v1", plural: "cronjobs")
  }

  package var metadata: ObjectMetadata
  package var spec: Spec?
  package var status: Status?

  package struct Spec: Sendable, Equatable, Decodable {
    package var schedule: String?
    package var suspend: Bool?
    package var jobTemplate: JobTemplate?
  }

  package struct JobTemplate: Sendable, Equatable, Decodable {
    package var spec: JobSpec?
  }

  package struct JobSpec: Sendable, Equatable, Decodable {
    /// Seconds; a Job that takes longer is ended.
    package var activeDeadlineSeconds: Double?
    package var template: PodTemplate?
  }

  package struct PodTemplate: Sendable, Equatable, Decodable {
    package var spec: PodSpec?
  }

  package struct PodSpec: Sendable, Equatable, Decodable {
    package var containers: [Container]?
  }

  package struct Container: Sendable, Equatable, Decodable {
    package var command: [String]?
    package var args: [String]?
  }

  package struct Status: Sendable, Equatable, Decodable {
    package var active: [ActiveJob]?
    package var lastScheduleTime: String?
    package var lastSuccessfulTime: String?
  }

  package struct ActiveJob: Sendable, Equatable, Decodable {
    package var name: String?
  }

  package var name: String { metadata.name }
  package var isSuspended: Bool { spec?.suspend ?? false }
  package var deadline: Double? { spec?.jobTemplate?.spec?.activeDeadlineSeconds }
  /// Names of its Jobs that have not ended.
  package var active: [String] { (status?.active ?? []).compactMap(\.name) }

  /// Each container's command line.
  package var commandLines: [[String]] {
    (spec?.jobTemplate?.spec?.template?.spec?.containers ?? []).map {
      ($0.command ?? []) + ($0.args ?? [])
    }
  }
}

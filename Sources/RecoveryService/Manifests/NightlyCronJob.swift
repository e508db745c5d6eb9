import RecoveryModel

/// A CronJob that runs once a night, and whose failure is an alarm and no reason to try again.
struct NightlyCronJob {
  var name: String
  var namespace: String
  /// In UTC; five fields.
  var schedule: String
  /// Seconds, and why so many: a line.
  var deadline: (seconds: Int, why: String)
  /// The pod's spec, from its own first column.
  var pod: String

  var text: String {
    """
    apiVersion: batch/v1
    kind: CronJob
    metadata:
      name: \(YAMLText.scalar(name))
      namespace: \(YAMLText.scalar(namespace))
    spec:
      # Kubernetes counts FIVE fields here: minute hour day month weekday.
      schedule: \(YAMLText.quoted(schedule))
      timeZone: Etc/UTC
      concurrencyPolicy: Forbid
      startingDeadlineSeconds: 3600
      successfulJobsHistoryLimit: 3
      failedJobsHistoryLimit: 7
      jobTemplate:
        spec:
          backoffLimit: 0
          # \(deadline.why)
          activeDeadlineSeconds: \(deadline.seconds)
          template:
            spec:
    \(YAMLText.indented(pod, by: 10))

    """
  }

  /// The configuration's volume, for a pod's lists of mounts and of volumes; empty where there is none.
  static func configuration(_ configMap: String?) -> (mount: String, volume: String) {
    configMap.map { name in
      (
        mount: "\n      - {name: config, mountPath: /etc/pgvigil, readOnly: true}",
        volume: "\n  - {name: config, configMap: {name: \(YAMLText.scalar(name))}}"
      )
    } ?? ("", "")
  }
}

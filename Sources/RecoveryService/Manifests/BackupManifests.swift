import RecoveryModel

/// Base backups: every night, and one right now.
enum BackupManifests {
  static func scheduledBackup(_ options: ManifestOptions) -> String {
    let schedule = options.schedule ?? "0 0 3 * * *"
    return """
      # A base backup every night. CloudNativePG reads SIX fields: second minute hour day month weekday.
      # With five, the hour would be taken for the day and the backup would run every hour.
      apiVersion: postgresql.cnpg.io/v1
      kind: ScheduledBackup
      metadata:
        name: \(YAMLText.scalar(options.name ?? options.cluster + "-nightly"))
        namespace: \(YAMLText.scalar(options.namespace))
      spec:
        schedule: \(YAMLText.quoted(schedule))
        # One at once, too: WAL without a base backup restores nothing.
        immediate: true
        backupOwnerReference: self
        cluster:
          name: \(YAMLText.scalar(options.cluster))
      \(method(options))
      """
  }

  static func backup(_ options: ManifestOptions) -> String {
    """
    # One base backup, now: until it is taken, all WAL in the archive restores nothing.
    # A Backup never changes after it was made; the next one needs another name.
    apiVersion: postgresql.cnpg.io/v1
    kind: Backup
    metadata:
      name: \(YAMLText.scalar(options.name ?? "initial-smoke-test"))
      namespace: \(YAMLText.scalar(options.namespace))
    spec:
      cluster:
        name: \(YAMLText.scalar(options.cluster))
    \(method(options))
    """
  }

  /// Ends with a line break, as every document does.
  private static func method(_ options: ManifestOptions) -> String {
    switch options.method {
    case .plugin:
      """
        method: plugin
        pluginConfiguration:
          name: \(StoreManifests.plugin)

      """
    case .inTree:
      """
        method: barmanObjectStore

      """
    }
  }
}

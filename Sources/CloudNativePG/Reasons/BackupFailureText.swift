import RecoveryModel

/// What to do about a Backup that failed.
enum BackupFailureText {
  private static let table: [(said: String, remedy: String)] = [
    ("hibernated", "wake the cluster: annotation cnpg.io/hibernation=off"),
    ("has no backup section", "configure a backup method: pgvigil manifest cluster-backup"),
    ("no barmanObjectStore section", "configure the method, or ask for the plugin's"),
    ("has no plugin configured", "add the plugin to spec.plugins of the Cluster"),
    (
      "requested plugin is not available",
      "is the plugin installed? kubectl get pods -n cnpg-system"
    ),
    ("instance manager was restarted", "take it again"),
    ("ensuring target pod is healthy", "wait until the instance is healthy, then take it again"),
  ]

  /// By what is known of the reason: what mends it, else where it stands.
  static func remedy(
    _ backup: CNPGBackup, _ reason: LogReason?, _ facts: CloudNativePGFacts
  ) -> String {
    let said = reason?.sentence ?? backup.errorText ?? ""
    if let known = table.first(where: { said.contains($0.said) }) { return sentence(known.remedy) }
    if let remedy = KnownCause.of(said)?.remedy {
      return remedy + " Then take a base backup: \(facts.backupCommand)"
    }
    guard reason == nil, backup.isReasonUntold,
      let command = backup.logCommand(namespace: facts.namespace)
    else { return "Take it again when the reason is dealt with: \(facts.backupCommand)" }
    return ["Why stands in the log: \(command)", facts.logReasons.rightRemedy(reason)]
      .compactMap { $0 }.joined(separator: " . ")
  }

  private static func sentence(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst() + "."
  }
}

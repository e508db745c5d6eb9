import FoundationEssentials
import Kubernetes

extension Player {
  /// A Backup from its election to its end, as the instance manager and the operator write it.
  func perform(_ backup: PlayedBackup) async throws {
    let key = backup.key
    guard let cluster = cluster(key.namespace, backup.clusterName) else { return }
    let isPlugin = backup.method == "plugin"
    if let refusal = refusal(of: backup, cluster) {
      return await fail(backup, cluster, refusal)
    }
    let pod = cluster.tree[path: "status", "currentPrimary"]?.string ?? cluster.key.name + "-1"
    await patchStatus(
      backup,
      [
        "phase": "started", "method": .string(backup.method),
        "reconciliationStartedAt": .string(timestampNow()),
        "instanceID": [
          "podName": .string(pod), "ContainerID": "containerd://played", "sessionID": "played",
        ],
      ])
    await setCondition(
      cluster.key, "LastBackupSucceeded", false, "BackupStarted", "New Backup starting up")
    let play = script.play(ofBackup: key.name)
    if play == .staysStarted { return }
    try await step()
    // A plugin's Backup stays `started` until its end.
    if !isPlugin {
      await patchStatus(backup, ["phase": "running"])
      try await step()
    }
    switch play {
    case .fails(let error): await fail(backup, cluster, error)
    case .walArchivingFails where !isPlugin:
      await patchStatus(backup, ["phase": "walArchivingFailing"])
    case .walArchivingFails: await fail(backup, cluster, "WAL archiving is failing")
    case .completes: try await complete(backup, cluster, archivesEnd: true)
    case .completesWithoutEndWAL: try await complete(backup, cluster, archivesEnd: false)
    case .staysStarted: break
    }
  }

  /// Why the operator does not even begin; its own words.
  private func refusal(of backup: PlayedBackup, _ cluster: PlayedCluster) -> String? {
    let spec = cluster.tree["spec"] ?? .empty
    switch backup.method {
    case "plugin":
      let name = backup.tree[path: "spec", "pluginConfiguration", "name"]?.string ?? ""
      let plugins = spec["plugins"]?.array ?? []
      if plugins.isEmpty {
        return "cannot proceed with the backup as the cluster has no plugin configured"
      }
      if !plugins.contains(where: { $0["name"]?.string == name }) {
        return "requested plugin is not available: \(name)"
      }
      return nil
    case "barmanObjectStore":
      guard spec["backup"] != nil else {
        return "cannot proceed with the backup as the cluster has no backup section"
      }
      return spec[path: "backup", "barmanObjectStore"] == nil
        ? "no barmanObjectStore section defined on the target cluster" : nil
    default: return nil
    }
  }

  private func fail(_ backup: PlayedBackup, _ cluster: PlayedCluster, _ error: String) async {
    await patchStatus(
      backup,
      [
        "phase": "failed", "error": .string(error),
        "reconciliationTerminatedAt": .string(timestampNow()),
      ])
    // Of any method, also a plugin's.
    await patchStatus(cluster, ["lastFailedBackup": .string(timestampNow())])
    await setCondition(cluster.key, "LastBackupSucceeded", false, "LastBackupFailed", error)
  }

  private func complete(
    _ backup: PlayedBackup, _ cluster: PlayedCluster, archivesEnd: Bool
  ) async throws {
    let taken: TakenBackup
    if let source, source.isServer(of: cluster.key) {
      taken = try await source.takeBackup(archivesEnd: archivesEnd)
    } else {
      taken = archives.change("\(cluster.key.namespace)/\(cluster.key.name)") { archive in
        archive.takeBackup(archivesEnd: archivesEnd)
      }
    }
    let digits = taken.stoppedAt.filter(\.isNumber)
    var status: JSONValue = [
      "phase": "completed", "backupId": .string("\(digits.prefix(8))T\(digits.suffix(6))"),
      "backupName": .string("backup-\(digits)"), "startedAt": .string(taken.startedAt),
      "stoppedAt": .string(taken.stoppedAt), "beginWal": .string(taken.beginWAL),
      "endWal": .string(taken.endWAL), "beginLSN": .string(taken.beginLSN),
      "endLSN": .string(taken.endLSN), "majorVersion": .integer(taken.majorVersion),
      "reconciliationTerminatedAt": .string(timestampNow()),
    ]
    if backup.method == "plugin" {
      status["pluginMetadata"] = [
        "clusterUID": .string(cluster.uid), "pluginName": "barman-cloud.cloudnative-pg.io",
        "name": "barman-cloud.cloudnative-pg.io", "version": "0.14.0", "timeline": "1",
      ]
    } else {
      let store = cluster.tree[path: "spec", "backup", "barmanObjectStore"] ?? .empty
      for member in ["destinationPath", "endpointURL", "s3Credentials"] {
        status[member] = store[member]
      }
      status["serverName"] = store["serverName"] ?? .string(cluster.key.name)
    }
    await patchStatus(backup, status)
    await noteSuccess(backup, cluster, at: taken.stoppedAt)
  }

  private func noteSuccess(
    _ backup: PlayedBackup, _ cluster: PlayedCluster, at time: String
  ) async {
    await setCondition(
      cluster.key, "LastBackupSucceeded", true, "LastBackupSucceeded", "Backup was successful")
    guard backup.method == "plugin" else {
      let first =
        cluster.tree[path: "status", "firstRecoverabilityPoint"] ?? .string(time)
      return await patchStatus(
        cluster,
        [
          "lastSuccessfulBackup": .string(time), "firstRecoverabilityPoint": first,
          "lastSuccessfulBackupByMethod": ["barmanObjectStore": .string(time)],
          "firstRecoverabilityPointByMethod": ["barmanObjectStore": first],
        ])
    }
    let plugin = (cluster.tree[path: "spec", "plugins"]?.array ?? []).first {
      $0[path: "parameters", "barmanObjectName"] != nil
    }
    guard let store = plugin?[path: "parameters", "barmanObjectName"]?.string else { return }
    let server = plugin?[path: "parameters", "serverName"]?.string ?? cluster.key.name
    let key = ObjectKey(namespace: cluster.key.namespace, name: store)
    let path = RecoveryObjects.objectStores.path(namespace: key.namespace, name: key.name)
    guard let found = try? await client.ask("GET", path), found.status == 200 else { return }
    let window = found.body[path: "status", "serverRecoveryWindow"]?[server]
    await patchStatus(
      RecoveryObjects.objectStores, key,
      [
        "serverRecoveryWindow": .object([
          server: [
            "firstRecoverabilityPoint": window?["firstRecoverabilityPoint"] ?? .string(time),
            "lastSuccessfulBackupTime": .string(time),
          ]
        ])
      ])
  }
}

/// What a Backup says of itself at its end.
struct TakenBackup: Sendable {
  var startedAt: String
  var stoppedAt: String
  var beginWAL: String
  var endWAL: String
  var beginLSN: String
  var endLSN: String
  var majorVersion: Int
}

extension PlayedArchives.Archive {
  /// Moves the archive over a backup of two segments.
  mutating func takeBackup(archivesEnd: Bool) -> TakenBackup {
    let begin = current
    current += 1
    let end = current
    if archivesEnd {
      current += 1
      archived = end
    } else {
      archived = begin
    }
    archivedAt = Date()
    return TakenBackup(
      startedAt: timestamp(Date().addingTimeInterval(-1)), stoppedAt: timestampNow(),
      beginWAL: PlayedArchives.segment(begin), endWAL: PlayedArchives.segment(end),
      beginLSN: PlayedArchives.lsn(begin, offset: "000028"),
      endLSN: PlayedArchives.lsn(end, offset: "000158"), majorVersion: 17)
  }
}

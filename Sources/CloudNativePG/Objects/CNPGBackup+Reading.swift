import Kubernetes
import Transports

extension CNPGBackup {
  package var owner: ObjectKey {
    ObjectKey(namespace: metadata.namespace ?? "", name: clusterName ?? "")
  }

  package static func read(_ reader: inout JSONReader) throws -> CNPGBackup {
    var backup = CNPGBackup(metadata: ObjectMetadata(name: ""), spec: Spec())
    try reader.eachKey { reader, key in
      switch key {
      case "metadata": backup.metadata = try reader.clusterMetadata(isBrief: true)
      case "spec": backup.spec = try Spec(reading: &reader)
      case "status": backup.status = try Status(reading: &reader)
      default: try reader.skip()
      }
    }
    return backup
  }
}

extension CNPGBackup.Spec {
  fileprivate init(reading reader: inout JSONReader) throws {
    self.init()
    var spec = self
    try reader.eachKey { reader, key in
      switch key {
      case "cluster":
        try reader.eachKey { reader, key in
          guard case "name" = key else {
            try reader.skip()
            return
          }
          spec.cluster = LocalReference(name: try reader.sharedString())
        }
      case "method": spec.method = try reader.sharedString()
      case "pluginConfiguration":
        spec.pluginConfiguration = try CNPGScheduledBackup.PluginConfiguration(reading: &reader)
      default: try reader.skip()
      }
    }
    self = spec
  }
}

extension CNPGBackup.Status {
  fileprivate init(reading reader: inout JSONReader) throws {
    self.init()
    var status = self
    var circumstances = CNPGBackup.Circumstances()
    try reader.eachKey { reader, key in
      switch key {
      case "backupId": status.backupId = try reader.string()
      case "startedAt": status.startedAt = try reader.time()
      case "stoppedAt": status.stoppedAt = try reader.time()
      case "reconciliationStartedAt": status.reconciliationStartedAt = try reader.time()
      case "reconciliationTerminatedAt": status.reconciliationTerminatedAt = try reader.time()
      case "beginWal": status.beginWal = try reader.string().flatMap(WALFileName.init)
      case "endWal": status.endWal = try reader.string().flatMap(WALFileName.init)
      case "beginLSN": status.beginLSN = try reader.string()
      case "endLSN": status.endLSN = try reader.string()
      default: try circumstances.read(key, &reader)
      }
    }
    if circumstances.error != nil || circumstances.commandError != nil {
      circumstances.said.text = circumstances.sentence
    }
    status.tell(circumstances)
    self = status
  }
}

extension CNPGBackup.Circumstances {
  fileprivate mutating func read(_ key: JSONReader.Key, _ reader: inout JSONReader) throws {
    switch key {
    case "phase": phase = try reader.sharedString()
    case "method": method = try reader.sharedString()
    case "error": error = try reader.sharedString()
    case "commandError": commandError = try reader.sharedString()
    case "destinationPath": destinationPath = try reader.sharedString()
    case "serverName": serverName = try reader.sharedString()
    case "endpointURL": endpointURL = try reader.sharedString()
    case "online": online = try reader.truth()
    case "majorVersion": majorVersion = try reader.integer()
    case "snapshotBackupStatus":
      snapshotBackupStatus = try CNPGBackup.SnapshotStatus(reading: &reader)
    case "pluginMetadata":
      pluginMetadata = CNPGBackup.PluginMetadata(
        clusterUID: try Self.text("clusterUID", of: &reader))
    case "instanceID":
      instanceID = CNPGBackup.InstanceID(podName: try Self.text("podName", of: &reader))
    default: try reader.skip()
    }
  }

  /// The one field of an object that matters.
  private static func text(
    _ name: StaticString, of reader: inout JSONReader
  ) throws -> String? {
    var text: String?
    try reader.eachKey { reader, key in
      if name ~= key { text = try reader.sharedString() } else { try reader.skip() }
    }
    return text
  }
}

extension CNPGScheduledBackup.PluginConfiguration {
  fileprivate init(reading reader: inout JSONReader) throws {
    self.init()
    var configuration = self
    try reader.eachKey { reader, key in
      switch key {
      case "name": configuration.name = try reader.sharedString()
      case "parameters": configuration.parameters = try reader.sharedTexts { _ in true }
      default: try reader.skip()
      }
    }
    self = configuration
  }
}

extension CNPGBackup.SnapshotStatus {
  fileprivate init(reading reader: inout JSONReader) throws {
    self.init()
    var found: [Element] = []
    var isTold = false
    try reader.eachKey { reader, key in
      guard case "elements" = key else {
        try reader.skip()
        return
      }
      isTold = true
      try reader.eachElement { reader in
        var element = Element()
        try reader.eachKey { reader, key in
          switch key {
          case "name": element.name = try reader.string()
          case "type": element.type = try reader.sharedString()
          case "tablespaceName": element.tablespaceName = try reader.sharedString()
          default: try reader.skip()
          }
        }
        found.append(element)
      }
    }
    elements = isTold ? found : nil
  }
}

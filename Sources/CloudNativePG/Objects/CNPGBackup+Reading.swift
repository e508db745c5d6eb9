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
    try reader.eachKey { reader, key in
      switch key {
      case "phase": status.phase = try reader.sharedString()
      case "method": status.method = try reader.sharedString()
      case "backupId": status.backupId = try reader.string()
      case "startedAt": status.startedAt = try reader.sharedString()
      case "stoppedAt": status.stoppedAt = try reader.sharedString()
      case "reconciliationStartedAt": status.reconciliationStartedAt = try reader.sharedString()
      case "reconciliationTerminatedAt":
        status.reconciliationTerminatedAt = try reader.sharedString()
      case "beginWal": status.beginWal = try reader.sharedString()
      case "endWal": status.endWal = try reader.sharedString()
      case "beginLSN": status.beginLSN = try reader.string()
      case "endLSN": status.endLSN = try reader.string()
      case "error": status.error = try reader.sharedString()
      case "commandError": status.commandError = try reader.sharedString()
      case "destinationPath": status.destinationPath = try reader.sharedString()
      case "serverName": status.serverName = try reader.sharedString()
      case "majorVersion": status.majorVersion = try reader.integer()
      case "snapshotBackupStatus":
        status.snapshotBackupStatus = try CNPGBackup.SnapshotStatus(reading: &reader)
      case "pluginMetadata":
        try reader.eachKey { reader, key in
          guard case "clusterUID" = key else {
            try reader.skip()
            return
          }
          status.pluginMetadata = CNPGBackup.PluginMetadata(clusterUID: try reader.sharedString())
        }
      case "instanceID":
        try reader.eachKey { reader, key in
          guard case "podName" = key else {
            try reader.skip()
            return
          }
          status.instanceID = CNPGBackup.InstanceID(podName: try reader.sharedString())
        }
      default: try reader.skip()
      }
    }
    if status.error != nil || status.commandError != nil { status.said.text = status.sentence }
    self = status
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

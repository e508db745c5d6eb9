import Kubernetes

extension StandIn {
  /// Puts a source's cluster there with the login of its object store and the Backup `base`, which its real base backup
  /// is. `backups`: how many older ones only their objects tell of. Throws where the archive does not tell of the base.
  package func seedCluster(behind source: PlayedSource, backups: Int = 0) throws {
    let (namespace, name) = (source.cluster.namespace, source.cluster.name)
    try seedCluster(namespace: namespace, name: name, backups: backups)
    try seedStoreSecret(of: name, in: namespace)
    let history = try source.history()
    try seed([
      "apiVersion": "postgresql.cnpg.io/v1", "kind": "Backup",
      "metadata": ["name": "base", "namespace": .string(namespace)],
      "spec": ["cluster": ["name": .string(name)], "method": "barmanObjectStore"],
      "status": [
        "phase": "completed", "backupId": .string(source.backupID), "serverName": .string(name),
        "startedAt": .string(timestampNow()), "stoppedAt": .string(timestampNow()),
        "beginLSN": .string(history.begin.lsn), "endLSN": .string(history.end.lsn),
        "beginWal": .string(history.begin.segment), "endWal": .string(history.end.segment),
      ],
    ])
  }

  /// The Secret that a seeded cluster's object store is read with.
  package func seedStoreSecret(of cluster: String, in namespace: String) throws {
    try seed(Self.storeSecret(of: cluster, in: namespace))
  }

  static func storeSecret(of cluster: String, in namespace: String) -> JSONValue {
    [
      "apiVersion": "v1", "kind": "Secret",
      "metadata": ["name": .string(cluster + "-s3"), "namespace": .string(namespace)],
      "data": ["ACCESS_KEY_ID": "a2V5", "ACCESS_SECRET_KEY": "c2VjcmV0"],
    ]
  }
}

extension PlayedSource {
  /// Where a backup begins and ends, as its history file in the archive tells it.
  struct History: Sendable {
    var begin: (lsn: String, segment: String)
    var end: (lsn: String, segment: String)
  }

  /// Of the latest base backup. Throws where there is none.
  func history() throws -> History {
    guard let name = try archived.last(where: { $0.hasSuffix(".backup") }) else {
      throw StandInError("no backup's history in the archive")
    }
    let text = String(decoding: try readFile("\(archive)/\(name)"), as: UTF8.self)
    // START WAL LOCATION: 0/200028 (file 000000010000000000000002)
    func place(_ key: String) throws -> (lsn: String, segment: String) {
      let line = text.split(separator: "\n").first { $0.hasPrefix(key + " WAL LOCATION: ") }
      let words = (line ?? "").split(separator: " ")
      guard words.count == 6 else { throw StandInError("no \(key) in \(name)") }
      return (String(words[3]), String(words[5].dropLast()))
    }
    return History(begin: try place("START"), end: try place("STOP"))
  }
}

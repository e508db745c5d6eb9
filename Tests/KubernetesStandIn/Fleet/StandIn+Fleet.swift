import FoundationEssentials

/// How large a fleet is.
package struct FleetSize: Sendable {
  package var clusters = 1000
  /// Per cluster, one a night, the last one during the last night.
  package var backups = 30
  package var instances = 3
  package var namespaces = 50

  package init() {}

  package init(clusters: Int, backups: Int = 30, instances: Int = 3, namespaces: Int = 50) {
    self.clusters = clusters
    self.backups = backups
    self.instances = instances
    self.namespaces = namespaces
  }
}

extension StandIn {
  /// Puts a healthy fleet there: clusters `team-NN/db-NNNN` with nightly in-tree backups, ScheduledBackups, pods and PVCs;
  /// each instance answers `/pg/status`. Nothing is validated: the texts are made from templates.
  package func seedFleet(_ size: FleetSize) throws {
    let templates = FleetTemplates()
    let now = Date()
    for number in 0..<min(size.namespaces, size.clusters) {
      try seed(namespace: Self.fleetNamespace(number))
    }
    try seedStorageClass()
    for number in 0..<size.clusters {
      let namespace = Self.fleetNamespace(number % max(1, size.namespaces))
      let name = "db-\(FleetCluster.padded(number, 4))"
      seedCluster(
        namespace: namespace, name: name, number: number, size, templates, now: now)
      try seedStoreSecret(of: name, in: namespace)
    }
    server.pods.addLast(FleetInstances.answer)
  }

  /// One cluster as `seedFleet` makes them, in a namespace that is made if need be.
  package func seedCluster(
    namespace: String, name: String, backups: Int = 2, instances: Int = 3
  ) throws {
    if object("namespaces", "", namespace) == nil { try seed(namespace: namespace) }
    try seedStorageClass()
    let size = FleetSize(clusters: 1, backups: backups, instances: instances, namespaces: 1)
    seedCluster(
      namespace: namespace, name: name, number: 1, size, FleetTemplates(), now: Date())
    server.pods.addLast(FleetInstances.answer)
  }

  /// That the clusters' volumes are of.
  private func seedStorageClass() throws {
    guard object("storageclasses", "", "fast") == nil else { return }
    try seed(Self.storageClass("fast"))
  }

  static func storageClass(_ name: String) -> JSONValue {
    [
      "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
      "metadata": ["name": .string(name)], "provisioner": "example.org/none",
    ]
  }

  private func seedCluster(
    namespace: String, name: String, number: Int, _ size: FleetSize, _ templates: FleetTemplates,
    now: Date
  ) {
    let cluster = FleetCluster(
      namespace: namespace, name: name, number: number, size: size, templates: templates, now: now)
    var owner: String?
    for object in cluster.objects {
      var values = object.values
      values["OWNER"] = owner
      let uid = put(
        object.kind, namespace, object.name, object.template, values, labels: object.labels,
        owner: object.isOwned ? owner : nil)
      owner = owner ?? uid
    }
  }

  /// The new object's uid.
  private func put(
    _ kind: String, _ namespace: String, _ name: String, _ template: TextTemplate,
    _ values: [String: String], labels: [String: String] = [:], owner: String? = nil
  ) -> String {
    server.store.transaction { state in
      var values = values
      let version = state.nextVersion
      let uid = "\(FleetCluster.padded(version, 8))-0000-4000-8000-000000000000"
      values["UID"] = uid
      values["RV"] = "\(version)"
      state.put(
        written: StoredObject(
          namespace: namespace, name: name, uid: uid, version: version, labels: labels,
          owner: owner, json: template.filled(values)), kind: kind)
      return uid
    }
  }

  private static func fleetNamespace(_ number: Int) -> String {
    "team-\(FleetCluster.padded(number, 2))"
  }
}

/// What the instances of a seeded fleet say of themselves: all is well, the last segment was archived half a minute ago.
enum FleetInstances {
  static let answer: @Sendable (ProxyRequest) -> ProxyResponse? = { request in
    guard request.port == "8000", request.path == "/pg/status" else { return nil }
    let parts = request.pod.split(separator: "-")
    guard parts.count > 1, let serial = parts.last.flatMap({ Int($0) }) else { return nil }
    let cluster = parts.dropLast().joined(separator: "-")
    return ProxyResponse(
      200, status(cluster: cluster, pod: request.pod, isPrimary: serial == 1).text)
  }

  private static func status(cluster: String, pod: String, isPrimary: Bool) -> JSONValue {
    let number = cluster.split(separator: "-").last.flatMap { Int($0) } ?? 0
    let digits = "\(number)"
    let system = "74310000000" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits
    var status: JSONValue = [
      "systemID": .string(system), "pod": ["metadata": ["name": .string(pod)]],
      "timeLineID": 1, "isPodReady": true, "instanceManagerVersion": "1.30.0",
      "instanceArch": "amd64", "executableHash": "0", "currentWAL": "000000010000000500000080",
    ]
    guard isPrimary else {
      status["receivedLsn"] = "5/80000148"
      status["replayLsn"] = "5/80000148"
      status["isWalReceiverActive"] = true
      return status
    }
    status["currentLsn"] = "5/80000148"
    status["isPrimary"] = true
    status["isArchivingWAL"] = true
    status["lastArchivedWAL"] = "00000001000000050000007F"
    status["lastArchivedWALTime"] = .string(timestamp(Date().addingTimeInterval(-30)))
    status["lastFailedWALTime"] = "-infinity"
    status["replicationInfo"] = .array(
      (2...3).map { serial in
        [
          "applicationName": .string("\(cluster)-\(serial)"), "state": "streaming",
          "receivedLsn": "5/80000148", "writeLsn": "5/80000148", "flushLsn": "5/80000148",
          "replayLsn": "5/80000148", "writeLag": "00:00:00", "flushLag": "00:00:00",
          "replayLag": "00:00:00", "syncState": "async", "syncPriority": "0",
        ]
      })
    return status
  }
}

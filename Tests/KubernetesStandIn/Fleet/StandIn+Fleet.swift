import FoundationEssentials

/// How large a fleet is.
public struct FleetSize: Sendable {
  public var clusters = 1000
  /// Per cluster, one a night, the last one during the last night.
  public var backups = 30
  public var instances = 3
  public var namespaces = 50

  public init() {}

  public init(clusters: Int, backups: Int = 30, instances: Int = 3, namespaces: Int = 50) {
    self.clusters = clusters
    self.backups = backups
    self.instances = instances
    self.namespaces = namespaces
  }
}

extension StandIn {
  /// Puts a healthy fleet there: clusters `team-NN/db-NNNN` with nightly in-tree backups, ScheduledBackups, pods and PVCs;
  /// each instance answers `/pg/status`. Nothing is validated: the texts are made from templates.
  public func seedFleet(_ size: FleetSize) throws {
    let templates = FleetTemplates()
    let now = Date()
    for number in 0..<min(size.namespaces, size.clusters) {
      try seed(namespace: Self.fleetNamespace(number))
    }
    for number in 0..<size.clusters {
      seedCluster(
        namespace: Self.fleetNamespace(number % max(1, size.namespaces)),
        name: "db-\(Self.padded(number, 4))", number: number, size, templates, now: now)
    }
    server.pods.addLast(FleetInstances.answer)
  }

  /// One cluster as `seedFleet` makes them, in a namespace that is made if need be.
  public func seedCluster(
    namespace: String, name: String, backups: Int = 2, instances: Int = 3
  ) throws {
    if object("namespaces", "", namespace) == nil { try seed(namespace: namespace) }
    let size = FleetSize(clusters: 1, backups: backups, instances: instances, namespaces: 1)
    seedCluster(
      namespace: namespace, name: name, number: 1, size, FleetTemplates(), now: Date())
    server.pods.addLast(FleetInstances.answer)
  }

  private func seedCluster(
    namespace: String, name: String, number: Int, _ size: FleetSize, _ templates: FleetTemplates,
    now: Date
  ) {
    let day = 86_400.0
    let last = Date(timeIntervalSince1970: (now.timeIntervalSince1970 / day).rounded(.down) * day)
      .addingTimeInterval(3 * 3600)
    // Before three in the morning the last night is yesterday's.
    let night = last > now ? last.addingTimeInterval(-day) : last
    var values = [
      "NS": namespace, "C": name, "N5": Self.padded(number, 8),
      "CREATED": timestamp(night.addingTimeInterval(-40 * day)),
      "FIRST": timestamp(night.addingTimeInterval(-Double(size.backups - 1) * day + 600)),
      "LAST": timestamp(night.addingTimeInterval(600)),
      "NEXT": timestamp(night.addingTimeInterval(day)),
      "EXPIRES": Self.goTime(now.addingTimeInterval(80 * day)),
    ]
    let owner = put(
      "postgresql.cnpg.io/clusters", namespace, name, templates.cluster, values,
      labels: ["app.kubernetes.io/part-of": "shop"])
    values["OWNER"] = owner
    put(
      "postgresql.cnpg.io/scheduledbackups", namespace, name + "-nightly", templates.schedule,
      values)
    for index in 0..<size.backups {
      let start = night.addingTimeInterval(-Double(size.backups - 1 - index) * day)
      putBackup(namespace, name, templates, values, index: index, start: start)
    }
    for instance in 1...max(1, size.instances) {
      putInstance(namespace, name, templates, values, instance: instance, owner: owner)
    }
  }

  private func putBackup(
    _ namespace: String, _ cluster: String, _ templates: FleetTemplates,
    _ values: [String: String], index: Int, start: Date
  ) {
    var values = values
    let digits = timestamp(start).filter(\.isNumber)
    values["STAMP"] = digits
    values["ID"] = digits.prefix(8) + "T" + digits.suffix(6)
    values["CREATED"] = timestamp(start)
    values["STOPPED"] = timestamp(start.addingTimeInterval(600))
    values["LOG"] = Self.hex(index / 8 + 1)
    values["SEG"] = Self.hex(index % 8 * 16 + 3)
    put(
      "postgresql.cnpg.io/backups", namespace, "\(cluster)-nightly-\(digits)", templates.backup,
      values,
      labels: [
        "cnpg.io/cluster": cluster, "cnpg.io/scheduled-backup": "\(cluster)-nightly",
        "cnpg.io/immediateBackup": "false",
      ])
  }

  private func putInstance(
    _ namespace: String, _ cluster: String, _ templates: FleetTemplates,
    _ values: [String: String], instance: Int, owner: String
  ) {
    var values = values
    let name = "\(cluster)-\(instance)"
    values["I"] = "\(instance)"
    values["ROLE"] = instance == 1 ? "primary" : "replica"
    let labels = [
      "cnpg.io/cluster": cluster, "cnpg.io/instanceName": name,
      "cnpg.io/instanceRole": values["ROLE"] ?? "",
    ]
    put(
      "/pods", namespace, name, templates.pod, values,
      labels: labels.merging(["cnpg.io/podRole": "instance"]) { $1 }, owner: owner)
    for (suffix, role, size) in [("", "PG_DATA", "20Gi"), ("-wal", "PG_WAL", "5Gi")] {
      values["SUFFIX"] = suffix
      values["PVCROLE"] = role
      values["SIZE"] = size
      put(
        "/persistentvolumeclaims", namespace, name + suffix, templates.claim, values,
        labels: labels.merging(["cnpg.io/pvcRole": role]) { $1 }, owner: owner)
    }
  }

  /// The new object's uid.
  @discardableResult
  private func put(
    _ kind: String, _ namespace: String, _ name: String, _ template: TextTemplate,
    _ values: [String: String], labels: [String: String] = [:], owner: String? = nil
  ) -> String {
    server.store.transaction { state in
      var values = values
      let version = state.nextVersion
      let uid = "\(Self.padded(version, 8))-0000-4000-8000-000000000000"
      values["UID"] = uid
      values["RV"] = "\(version)"
      state.put(
        written: StoredObject(
          namespace: namespace, name: name, uid: uid, version: version, labels: labels,
          owner: owner, json: template.filled(values)), kind: kind)
      return uid
    }
  }

  private static func fleetNamespace(_ number: Int) -> String { "team-\(padded(number, 2))" }

  private static func padded(_ number: Int, _ width: Int) -> String {
    let text = "\(number)"
    return String(repeating: "0", count: max(0, width - text.count)) + text
  }

  private static func hex(_ number: Int) -> String {
    let text = String(number, radix: 16, uppercase: true)
    return text.count < 2 ? "0" + text : text
  }

  /// As Go prints a time, which is how CNPG writes the expiry of certificates.
  private static func goTime(_ date: Date) -> String {
    timestamp(date).replacing("T", with: " ").replacing("Z", with: " +0000 UTC")
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

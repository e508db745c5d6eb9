import FoundationEssentials

/// The objects of one healthy cluster with nightly in-tree backups, the Cluster itself first.
struct FleetCluster: Sendable {
  struct Object {
    /// As the store has it: `group/plural`.
    var kind: String
    var name: String
    var template: TextTemplate
    /// What fills the template, all but `UID`, `RV` and the `OWNER` of what the Cluster owns.
    var values: [String: String]
    var labels: [String: String] = [:]
    var isOwned = false
  }

  private let name: String
  private let size: FleetSize
  private let templates: FleetTemplates
  private let night: Date
  private let values: [String: String]

  /// Seconds over which a fleet's backups of one night begin: no two clusters tell the same times.
  private static let spread = 600

  init(
    namespace: String, name: String, number: Int, size: FleetSize, templates: FleetTemplates,
    now: Date
  ) {
    let day = 86_400.0
    let last = Date(timeIntervalSince1970: (now.timeIntervalSince1970 / day).rounded(.down) * day)
      .addingTimeInterval(3 * 3600 + Double(number % Self.spread))
    // Before three in the morning the last night is yesterday's.
    let night = last > now ? last.addingTimeInterval(-day) : last
    self.name = name
    self.size = size
    self.templates = templates
    self.night = night
    values = [
      "NS": namespace, "C": name, "N5": Self.padded(number, 8),
      "CREATED": timestamp(night.addingTimeInterval(-40 * day)),
      "FIRST": timestamp(night.addingTimeInterval(-Double(max(0, size.backups - 1)) * day + 600)),
      "LAST": timestamp(night.addingTimeInterval(600)),
      "NEXT": timestamp(night.addingTimeInterval(day)),
      "EXPIRES": Self.goTime(now.addingTimeInterval(80 * day)),
    ]
  }

  var objects: [Object] {
    [
      Object(
        kind: "postgresql.cnpg.io/clusters", name: name, template: templates.cluster,
        values: values, labels: ["app.kubernetes.io/part-of": "shop"]),
      Object(
        kind: "postgresql.cnpg.io/scheduledbackups", name: name + "-nightly",
        template: templates.schedule, values: values),
    ] + (0..<size.backups).map(backup) + (1...max(1, size.instances)).flatMap(instance)
  }

  private func backup(_ index: Int) -> Object {
    let start = night.addingTimeInterval(-Double(size.backups - 1 - index) * 86_400)
    var values = values
    let digits = timestamp(start).filter(\.isNumber)
    values["STAMP"] = digits
    values["ID"] = digits.prefix(8) + "T" + digits.suffix(6)
    values["CREATED"] = timestamp(start)
    values["STOPPED"] = timestamp(start.addingTimeInterval(600))
    values["LOG"] = Self.hex(index / 8 + 1)
    values["SEG"] = Self.hex(index % 8 * 16 + 3)
    return Object(
      kind: "postgresql.cnpg.io/backups", name: "\(name)-nightly-\(digits)",
      template: templates.backup, values: values,
      labels: [
        "cnpg.io/cluster": name, "cnpg.io/scheduled-backup": "\(name)-nightly",
        "cnpg.io/immediateBackup": "false",
      ])
  }

  private func instance(_ number: Int) -> [Object] {
    var values = values
    let pod = "\(name)-\(number)"
    values["I"] = "\(number)"
    values["ROLE"] = number == 1 ? "primary" : "replica"
    let labels = [
      "cnpg.io/cluster": name, "cnpg.io/instanceName": pod,
      "cnpg.io/instanceRole": values["ROLE"] ?? "",
    ]
    var objects = [
      Object(
        kind: "/pods", name: pod, template: templates.pod, values: values,
        labels: labels.merging(["cnpg.io/podRole": "instance"]) { $1 }, isOwned: true)
    ]
    for (suffix, role, size) in [("", "PG_DATA", "20Gi"), ("-wal", "PG_WAL", "5Gi")] {
      values["SUFFIX"] = suffix
      values["PVCROLE"] = role
      values["SIZE"] = size
      objects.append(
        Object(
          kind: "/persistentvolumeclaims", name: pod + suffix, template: templates.claim,
          values: values, labels: labels.merging(["cnpg.io/pvcRole": role]) { $1 }, isOwned: true))
    }
    return objects
  }

  static func padded(_ number: Int, _ width: Int) -> String {
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

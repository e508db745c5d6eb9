/// One right on the API server, as RBAC spells it, and what it is needed for.
package struct AccessRule: Sendable, Equatable {
  /// `""` is the core group.
  package var group: String
  package var resources: [String]
  package var verbs: [String]
  /// Empty = every object of the kind.
  package var resourceNames: [String]
  package var reason: String

  package init(
    _ group: String, _ resources: [String], _ verbs: [String], names: [String] = [],
    for reason: String
  ) {
    self.group = group
    self.resources = resources
    self.verbs = verbs
    resourceNames = names
    self.reason = reason
  }
}

/// Exactly what each of our service accounts needs.
package enum AccessRules {
  private static let postgresql = "postgresql.cnpg.io"
  private static let barman = "barmancloud.cnpg.io"
  private static let look = ["get", "list", "watch"]

  /// In a cluster's namespace, to see whether it could be recovered. No Secret, nothing that changes anything.
  package static let watch: [AccessRule] = [
    AccessRule(
      postgresql, ["clusters", "backups", "scheduledbackups"], look,
      for: "the clusters, their backups and their schedules"),
    AccessRule(
      barman, ["objectstores"], look, for: "where the plugin ships to, and its recovery window"),
    AccessRule(
      "", ["pods", "persistentvolumeclaims"], look, for: "instances and their volumes"),
    AccessRule("batch", ["jobs"], look, for: "recovery and join jobs"),
    AccessRule("", ["pods/proxy"], ["get"], for: "/pg/status of each instance"),
  ]

  /// Optional, in all namespaces beside `watch`.
  package static let operators: [AccessRule] = [
    AccessRule("apps", ["deployments"], ["list", "watch"], for: "whether the operator itself runs")
  ]

  /// Optional, beside `watch`: why something fails, out of the one line that says so.
  package static let podLogs: [AccessRule] = [
    AccessRule(
      "", ["pods/log"], ["get"],
      for: "why a backup, the archiver or a recovery fails; logs can hold what queries hold"),
    AccessRule("", ["events"], ["list"], for: "why what is to recover a cluster cannot begin"),
  ]

  /// In a cluster's namespace, beside `watch`: to take a base backup and to clear one that blocks the others.
  package static let backup: [AccessRule] = [
    AccessRule(
      postgresql, ["backups"], ["create", "delete"], for: "key b, and clearing a stuck one")
  ]

  /// In a cluster's namespace, beside `watch`: one Secret that a store is read with.
  package static func store(secret: String) -> [AccessRule] {
    [AccessRule("", ["secrets"], ["get"], names: [secret], for: "a store is read with it")]
  }

  /// In a cluster's namespace, beside `watch`: the Secrets that a copy needs, each by name.
  package static func drillSource(secrets: [String]) -> [AccessRule] {
    [
      AccessRule(
        "", ["secrets"], ["get"], names: secrets, for: "copied for the drill, by name only")
    ]
  }

  /// In a cluster's namespace, beside `watch`: to recover it into a new Cluster, and to take that back. `secrets`: those
  /// that the new one will read.
  package static func recover(secrets: [String]) -> [AccessRule] {
    [
      AccessRule(
        postgresql, ["clusters"], ["create", "delete"], for: "the new Cluster, and taking it back"),
      AccessRule(barman, ["objectstores"], ["create"], for: "where the new Cluster archives"),
      AccessRule("", ["pods/log"], ["get"], for: "how far it replays, and what is wrong"),
      AccessRule(
        "", ["secrets"], ["get"], names: secrets, for: "whether they are there, with their keys"),
    ] + place
  }

  /// Where a Cluster is to be recovered, whether it stays or not: what a plan looks at besides.
  package static let place: [AccessRule] = [
    AccessRule(
      postgresql, ["imagecatalogs"], ["get"], for: "whether the image can be looked up"),
    AccessRule("", ["resourcequotas"], ["list"], for: "whether they leave room for it"),
    AccessRule(
      "networking.k8s.io", ["networkpolicies"], ["list"],
      for: "whether they let the recovery job out"),
  ]

  /// In no namespace, beside `recover`: what a plan looks at besides.
  package static let recoverCluster: [AccessRule] = [
    AccessRule("", ["nodes"], ["list"], for: "whether all are of one kind of processor"),
    AccessRule("storage.k8s.io", ["storageclasses"], ["get"], for: "whether its class is there"),
    AccessRule(
      postgresql, ["clusterimagecatalogs"], ["get"], for: "whether the image can be looked up"),
  ]

  /// In the drill namespace: to make a copy, look at it, and destroy all of it.
  package static let drill: [AccessRule] =
    [
      AccessRule(
        postgresql, ["clusters"], ["create", "get", "list", "watch", "delete"], for: "the copy"),
      AccessRule(
        "", ["secrets"], ["create", "get", "list", "delete"],
        for: "copies of credentials and the copy's own login; list proves that none is left"),
      AccessRule(
        barman, ["objectstores"], ["create", "list", "delete"],
        for: "the copy's way to the bucket; list proves that none is left"),
      AccessRule("batch", ["jobs"], ["list", "watch"], for: "the recovery job"),
      AccessRule("", ["pods"], ["list", "watch"], for: "its pods"),
      AccessRule("", ["pods/log"], ["get"], for: "their logs, before they vanish"),
      AccessRule("", ["persistentvolumeclaims"], ["list"], for: "proves that no volume is left"),
    ] + ledger + lock

  /// In the drill namespace, for drills from outside the cluster: how `kubectl port-forward` reaches the copy.
  package static let portForward: [AccessRule] = [
    AccessRule("", ["pods"], ["get"], for: "kubectl looks at the pod first"),
    AccessRule(
      "", ["pods/portforward"], ["get", "create"], for: "the smoke tests' way to the copy"),
  ]

  /// In the drill namespace, where it is wanted: the second road to the copy. Whoever has it may run anything there.
  package static let exec: [AccessRule] = [
    AccessRule(
      "", ["pods/exec"], ["get", "create"],
      for: "psql in the copy, where no tunnel is to be had; lets its holder run anything in copies")
  ]

  /// In the drill namespace, for who only watches: the ledger.
  package static let ledger: [AccessRule] = [
    AccessRule("", ["configmaps"], look, for: "the ledger of drills")
  ]

  /// In a cluster's namespace, for who watches: what base backups by snapshot consist of.
  package static let snapshots: [AccessRule] = [
    AccessRule(
      "snapshot.storage.k8s.io", ["volumesnapshots"], ["list"],
      for: "whether the volume snapshots of a backup are still there")
  ]

  /// In a cluster's namespace and the drills', for who watches: what starts drills and scrubs at night.
  package static let nightly: [AccessRule] = [
    AccessRule(
      "batch", ["cronjobs", "jobs"], ["get", "list"], for: "whether the nightly CronJobs still run")
  ]

  /// In the drill namespace, beside `ledger`, for who acts: one operation per cluster at a time.
  package static let lock: [AccessRule] = [
    AccessRule(
      "", ["configmaps"], ["create", "update"],
      for: "the ledger's new lines, and the operation lock that all consoles share")
  ]
}

import Kubernetes

extension Player {
  /// A recovery cluster from its creation to health, or to the end that the script wants.
  func playRecovery(of cluster: PlayedCluster) async throws {
    let objects = RecoveryObjects(cluster: cluster, hasNodes: kubelet?.hasNodes == true)
    let failure = script.failure(ofCluster: cluster.key.name) ?? archiveClash(cluster)
    if failure == .missingObjectStore { return }
    try await waitForObjectStore(cluster)
    await patchStatus(
      cluster,
      [
        "phase": "Setting up primary",
        "phaseReason": .string("Creating primary instance \(objects.instance)"),
        "instances": 1, "latestGeneratedNode": 1,
        "initializingPVC": [.string(objects.instance)], "pvcCount": 1,
      ])
    await setCondition(cluster.key, "Ready", false, "ClusterIsNotReady", "Cluster Is Not Ready")
    try await createClaim(objects, in: cluster.key.namespace)
    try await create(RecoveryObjects.jobs, cluster.key.namespace, objects.jobObject())
    let path = RecoveryObjects.jobs.path(namespace: cluster.key.namespace, name: objects.job)
    let job = try await client.ask("GET", path).body
    let play = RecoveryPlay(
      player: self, cluster: cluster, objects: objects,
      jobUID: job[path: "metadata", "uid"]?.string ?? "", failure: failure)
    guard case .restored(let server) = try await play.runJob() else { return }
    try await comeUp(play, server)
  }

  /// Where no pod is on a node, the protection goes at once that a controller would take away after the last of them.
  private func createClaim(_ objects: RecoveryObjects, in namespace: String) async throws {
    try await create(RecoveryObjects.claims, namespace, objects.claimObject())
    guard !objects.hasNodes else { return }
    _ = try await client.ask(
      "PATCH", RecoveryObjects.claims.path(namespace: namespace, name: objects.instance),
      ["metadata": ["finalizers": .null]], contentType: "application/merge-patch+json")
  }

  /// A backup section or an archiver in a cluster that is restored from the same archive.
  private func archiveClash(_ cluster: PlayedCluster) -> RecoveryFailure? {
    let spec = cluster.tree["spec"] ?? .empty
    let archives = (spec["plugins"]?.array ?? []).contains { $0["isWALArchiver"] == true }
    let isExcused =
      cluster.metadata.annotations?["cnpg.io/skipEmptyWalArchiveCheck"] == "enabled"
    let clashes = spec[path: "backup", "barmanObjectStore"] != nil || archives
    return clashes && !isExcused ? .expectedEmptyArchive : nil
  }

  /// As long as it is missing nothing happens, and nobody says so.
  private func waitForObjectStore(_ cluster: PlayedCluster) async throws {
    let source = cluster.tree[path: "spec", "bootstrap", "recovery", "source"]?.string
    let external = (cluster.tree[path: "spec", "externalClusters"]?.array ?? []).first {
      $0["name"]?.string == source
    }
    guard
      let name = external?[path: "plugin", "parameters", "barmanObjectName"]?.string
    else { return }
    let path = RecoveryObjects.objectStores.path(namespace: cluster.key.namespace, name: name)
    while try await client.ask("GET", path).status != 200 { try await step() }
  }

  /// The job is complete: the instance starts, then all is well and the job is cleared away with its pods and logs.
  private func comeUp(_ play: RecoveryPlay, _ server: PlayedServer?) async throws {
    let (cluster, objects) = (play.cluster, play.objects)
    let namespace = cluster.key.namespace
    let recovery = cluster.tree[path: "spec", "bootstrap", "recovery"] ?? .empty
    let database = recovery["database"]?.string ?? "app"
    let owner = recovery["owner"]?.string ?? "app"
    let password = "played-password"
    try await server?.setPassword(password, of: owner, database: database)
    // The operator makes these before any instance.
    try await create(RecoveryObjects.services, namespace, objects.serviceObject())
    try await create(
      RecoveryObjects.secrets, namespace,
      objects.secretObject(kind: "app", user: owner, password: password, database: database))
    if cluster.tree[path: "spec", "enableSuperuserAccess"] == true {
      try await create(
        RecoveryObjects.secrets, namespace,
        objects.secretObject(kind: "superuser", user: "postgres", password: password, database: "*")
      )
    }
    try await create(RecoveryObjects.pods, namespace, objects.instanceObject())
    try await step()
    await patchStatus(
      RecoveryObjects.pods, ObjectKey(namespace: namespace, name: objects.instance),
      PodStatus.running("postgres"))
    if let server {
      kubelet?.listen(
        on: 5432, ofPod: objects.instance, namespace: namespace, at: server.port)
    }
    await patchStatus(
      RecoveryObjects.claims, ObjectKey(namespace: namespace, name: objects.instance),
      ["phase": "Bound"])
    await patchStatus(cluster, ["phase": "Waiting for the instances to become active"])
    try await step()
    await becomeHealthy(cluster, instances: 1, timeline: server?.timeline ?? 2)
    try await delete(RecoveryObjects.jobs, namespace, objects.job, propagation: "Foreground")
  }

  func becomeHealthy(_ cluster: PlayedCluster, instances: Int, timeline: Int) async {
    let names = (1...max(1, instances)).map { JSONValue.string("\(cluster.key.name)-\($0)") }
    await patchStatus(
      cluster,
      [
        "phase": "Cluster in healthy state", "phaseReason": .null, "instances": .integer(instances),
        "readyInstances": .integer(instances), "currentPrimary": names[0],
        "targetPrimary": names[0], "timelineID": .integer(timeline), "instanceNames": .array(names),
        "instancesStatus": ["healthy": .array(names)], "healthyPVC": .array(names),
        "initializingPVC": .null, "writeService": .string(cluster.key.name + "-rw"),
        "readService": .string(cluster.key.name + "-r"),
        "image": cluster.tree[path: "spec", "imageName"] ?? .null,
      ])
    await setCondition(cluster.key, "Ready", true, "ClusterIsReady", "Cluster is Ready")
    // Also where no archiver is configured at all: the real one says so too.
    await setCondition(
      cluster.key, "ContinuousArchiving", true, "ContinuousArchivingSuccess",
      "Continuous archiving is working")
  }

  /// A cluster with bootstrap.initdb: its instances come up one after the other.
  func playNew(_ cluster: PlayedCluster) async throws {
    let objects = RecoveryObjects(cluster: cluster, hasNodes: kubelet?.hasNodes == true)
    let namespace = cluster.key.namespace
    archives.begin("\(namespace)/\(cluster.key.name)")
    await patchStatus(
      cluster,
      [
        "phase": "Setting up primary",
        "phaseReason": .string("Creating primary instance \(objects.instance)"),
      ])
    try await step()
    let count = cluster.tree[path: "spec", "instances"]?.integer ?? 1
    try await createClaim(objects, in: namespace)
    for serial in 1...max(1, count) {
      try await create(RecoveryObjects.pods, namespace, objects.instanceObject(serial))
      await patchStatus(
        RecoveryObjects.pods,
        ObjectKey(namespace: namespace, name: "\(cluster.key.name)-\(serial)"),
        PodStatus.running("postgres"))
    }
    try await create(RecoveryObjects.services, namespace, objects.serviceObject())
    try await create(
      RecoveryObjects.secrets, namespace,
      objects.secretObject(kind: "app", user: "app", password: "played-password", database: "app"))
    await becomeHealthy(cluster, instances: count, timeline: 1)
  }
}

import FoundationEssentials
import Kubernetes
import RecoveryModel

/// Plays the operator: a client of the API like any other, so that it works on any server that has the CRDs.
///
/// What no client can do (a kubelet's logs and ports) it does through `kubelet`, where there is one.
package actor Player {
  let client: KubernetesClient
  let kubelet: (any Kubelet)?
  let source: PlayedSource?
  package private(set) var script: PlayerScript
  /// Archives of the clusters that have no real server, by `namespace/name`.
  let archives = PlayedArchives()
  private let namespaces: [String]
  private var clusters: [String: [ObjectKey: PlayedCluster]] = [:]
  private var backups: [String: [ObjectKey: PlayedBackup]] = [:]
  /// Plays under way, by the object's uid.
  private var plays: [String: Task<Void, Never>] = [:]
  private var servers: [String: PlayedServer] = [:]
  /// What went wrong with the play itself, for the test's message.
  package private(set) var troubles: [String] = []

  package init(
    client: KubernetesClient, namespaces: [String], kubelet: (any Kubelet)? = nil,
    source: PlayedSource? = nil, script: PlayerScript = PlayerScript()
  ) {
    self.client = client
    self.namespaces = namespaces
    self.kubelet = kubelet
    self.source = source
    self.script = script
  }

  /// Changes what is played from now on.
  package func change(_ change: @Sendable (inout PlayerScript) -> Void) { change(&script) }

  /// Plays until its task is cancelled; then the restored servers are stopped.
  package func run() async {
    answerForInstances()
    await withTaskGroup(of: Void.self) { group in
      for namespace in namespaces {
        let clusters = ResourceCache<PlayedCluster>(
          client: client, namespace: namespace, clock: .live)
        let backups = ResourceCache<PlayedBackup>(
          client: client, namespace: namespace, clock: .live)
        group.addTask {
          await clusters.run { await self.see(clusters: await clusters.objects, in: namespace) }
        }
        group.addTask {
          await backups.run { await self.see(backups: await backups.objects, in: namespace) }
        }
      }
    }
    for play in plays.values { play.cancel() }
    for play in plays.values { await play.value }
    for server in servers.values { await server.stop() }
    servers = [:]
  }

  /// What each restored server answers. Throws where one does not.
  package func answers(to sql: String) async throws -> [String] {
    var answers: [String] = []
    for server in servers.values { answers.append(try await server.query(sql)) }
    return answers
  }

  /// Every restored server crashes; the operator does not notice.
  package func loseServers() async {
    for server in servers.values { await server.stop() }
  }

  private func see(clusters found: [ObjectKey: PlayedCluster], in namespace: String) async {
    clusters[namespace] = found
    await reconcile()
  }

  private func see(backups found: [ObjectKey: PlayedBackup], in namespace: String) async {
    backups[namespace] = found
    await reconcile()
  }

  // MARK: Who plays

  private func reconcile() async {
    var alive: Set<String> = []
    for cluster in clusters.values.flatMap(\.values) {
      if !cluster.isTerminating { alive.insert(cluster.uid) }
      if plays[cluster.uid] == nil, cluster.phase.isEmpty, !cluster.isTerminating {
        plays[cluster.uid] = Task { await self.play(cluster) }
      }
    }
    for namespace in backups.keys {
      alive.formUnion((backups[namespace] ?? [:]).values.map(\.uid))
      await reconcileBackups(in: namespace)
    }
    for (uid, play) in plays where !alive.contains(uid) {
      play.cancel()
      plays[uid] = nil
      if let server = servers.removeValue(forKey: uid) { await server.stop() }
    }
  }

  /// One at a time per cluster, in the order of their creation; whoever is neither done nor under way blocks the rest.
  private func reconcileBackups(in namespace: String) async {
    let waiting = (backups[namespace] ?? [:]).values.filter { !$0.isDone && !$0.isTerminating }
    for (cluster, queue) in Dictionary(grouping: waiting, by: \.clusterName) {
      let inOrder = queue.sorted {
        ($0.metadata.creationTimestamp?.date ?? .distantPast, $0.metadata.name)
          < ($1.metadata.creationTimestamp?.date ?? .distantPast, $1.metadata.name)
      }
      let isKnown = clusters[namespace]?[ObjectKey(namespace: namespace, name: cluster)] != nil
      for (index, backup) in inOrder.enumerated() where plays[backup.uid] == nil {
        if index == 0, isKnown, backup.phase.isEmpty || backup.phase == "pending" {
          plays[backup.uid] = Task { await self.play(backup) }
        } else if backup.phase.isEmpty {
          await patchStatus(backup, ["phase": "pending"])
        }
      }
    }
  }

  func cluster(_ namespace: String, _ name: String) -> PlayedCluster? {
    clusters[namespace]?[ObjectKey(namespace: namespace, name: name)]
  }

  private func play(_ cluster: PlayedCluster) async {
    do {
      if cluster.tree[path: "spec", "bootstrap", "recovery"] != nil {
        try await playRecovery(of: cluster)
      } else if script.playsNewClusters {
        try await playNew(cluster)
      }
    } catch {
      note(error, of: cluster.key.name)
    }
  }

  private func play(_ backup: PlayedBackup) async {
    do {
      try await perform(backup)
    } catch {
      note(error, of: backup.key.name)
    }
  }

  /// A play that was called off has no trouble.
  private func note(_ error: any Error, of name: String) {
    if !Task.isCancelled { troubles.append("\(name): \(error)") }
  }

  /// Keeps a restored server until its cluster is gone. False when that is already so: it is the caller's to stop.
  func keep(_ server: PlayedServer, of cluster: PlayedCluster) -> Bool {
    guard plays[cluster.uid] != nil, !Task.isCancelled else { return false }
    servers[cluster.uid] = server
    return true
  }

  // MARK: Writing

  func step() async throws { try await Task.sleep(for: .seconds(script.stepSeconds)) }

  /// Creates; what is already there is left. Throws what the server says.
  func create(_ resource: Resource, _ namespace: String, _ object: JSONValue) async throws {
    let (status, body) = try await client.ask(
      "POST", resource.path(namespace: namespace), object)
    guard status == 201 || status == 409 else {
      throw RecoveryError(.failed, "create \(resource.title): \(body["message"]?.string ?? "?")")
    }
  }

  /// Deletes; nothing there is no error.
  func delete(
    _ resource: Resource, _ namespace: String, _ name: String, propagation: String = "Background"
  ) async throws {
    _ = try await client.ask(
      "DELETE", resource.path(namespace: namespace, name: name),
      ["propagationPolicy": .string(propagation)])
  }

  func patchStatus<Kind>(_ object: PlayedObject<Kind>, _ status: JSONValue) async {
    await patchStatus(Kind.resource, object.key, status)
  }

  func patchStatus(_ resource: Resource, _ key: ObjectKey, _ status: JSONValue) async {
    let path = resource.path(namespace: key.namespace, name: key.name, subresource: "status")
    let answer = try? await client.ask(
      "PATCH", path, ["status": status], contentType: "application/merge-patch+json")
    // Gone in the meantime: its play is about to be cancelled.
    guard let answer, answer.status != 200, answer.status != 404, !Task.isCancelled else { return }
    troubles.append("\(resource.title)/\(key.name): \(answer.body["message"]?.string ?? "?")")
  }

  /// Sets one condition and leaves the others.
  func setCondition(
    _ key: ObjectKey, _ type: String, _ status: Bool, _ reason: String, _ message: String
  ) async {
    let path = PlayedClusters.resource.path(namespace: key.namespace, name: key.name)
    guard let cluster = try? await client.ask("GET", path), cluster.status == 200 else { return }
    var conditions = cluster.body[path: "status", "conditions"]?.array ?? []
    conditions.removeAll { $0["type"]?.string == type }
    conditions.append([
      "type": .string(type), "status": .string(status ? "True" : "False"),
      "reason": .string(reason), "message": .string(message),
      "lastTransitionTime": .string(timestampNow()),
    ])
    await patchStatus(PlayedClusters.resource, key, ["conditions": .array(conditions)])
  }

  /// Behind the status port of the instances: the real server where there is one, else the played archive.
  private func answerForInstances() {
    let source = source
    let archives = archives
    kubelet?.proxy { request in
      guard request.port == "8000", request.path == "/pg/status" else { return nil }
      if let source, let answer = source.status(of: request) { return answer }
      return archives.status(of: request)
    }
  }
}

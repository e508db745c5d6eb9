import FoundationEssentials
import Kubernetes
import RecoveryModel

/// A CronJob that drills this cluster, or reads its archive.
package struct NightlyJob: Sendable, Equatable {
  package enum Kind: String, Sendable { case drill, scrub }

  package var job: CronJob
  package var kind: Kind
  /// When the oldest of its Jobs that have not ended began; nil = there is none, or nobody may look at it.
  package var activeSince: Date?
  package var at: Date

  package init(job: CronJob, kind: Kind, activeSince: Date? = nil, at: Date) {
    self.job = job
    self.kind = kind
    self.activeSince = activeSince
    self.at = at
  }

  /// What a command line of ours does to that cluster; nil = it is none, or another's.
  package static func kind(of job: CronJob, for cluster: ObjectKey) -> Kind? {
    for words in commandLines(of: job) {
      let isNamed =
        words.contains("\(cluster.namespace)/\(cluster.name)")
        || words.contains(cluster.name) && words.contains(cluster.namespace)
      if isNamed, let kind = words.compactMap(Kind.init(rawValue:)).first { return kind }
    }
    return nil
  }

  /// It may be one of ours for some cluster.
  static func mayBe(_ job: CronJob) -> Bool {
    commandLines(of: job).contains { $0.contains { Kind(rawValue: $0) != nil } }
  }

  /// By words: a wrapper, as `sh -c`, may have a whole line as one.
  private static func commandLines(of job: CronJob) -> [[String]] {
    job.commandLines.map { $0.flatMap { $0.split(separator: " ").map(String.init) } }
  }
}

extension ClusterObservatory {
  /// Seconds between two looks at the CronJobs, which change once a night.
  static let nightlyPace = 600.0

  /// Returns when it is known whether the operator runs, or that nobody may know. False from then on: what changes is told
  /// by itself.
  func waitForOperator() async -> Bool {
    guard !knowsOperator else { return false }
    knowsOperator = true
    await context.companion.waitForAnswer(context.clock)
    return true
  }

  /// Looks for CronJobs of ours, where this account may. False when that was done lately.
  func lookAtNightlyJobs(pace: Double) async -> Bool {
    if let nightlyAt, now().timeIntervalSince(nightlyAt) < pace { return false }
    guard context.outage(of: key.namespace) == nil, let client = context.connection?.client else {
      return false
    }
    nightlyAt = now()
    var found: [NightlyJob] = []
    for namespace in Set([key.namespace, settings.drillNamespace]).sorted() {
      for job in await cronJobs(in: namespace, pace: pace, client) {
        guard let kind = NightlyJob.kind(of: job, for: key) else { continue }
        found.append(
          NightlyJob(
            job: job, kind: kind, activeSince: await oldest(job.active, in: namespace, client),
            at: now()))
      }
    }
    nightly = found
    return true
  }

  /// Who may not look, or has no such namespace, is told nothing of them. A fleet that is watched in all namespaces is
  /// listed at once, so that what it costs does not grow with them.
  private func cronJobs(
    in namespace: String, pace: Double, _ client: KubernetesClient
  ) async -> [CronJob] {
    let asked = now()
    func listed(_ place: String?) async -> [CronJob]? {
      await context.lists.items(
        of: CronJob.resource, in: place ?? "", age: pace / 2, now: asked
      ) { [gate = context.gate] in
        await gate.pass { try? await client.list(CronJob.resource, in: place, labels: "") }?
          .compactMap { $0.decoded(CronJob.self) }.filter(NightlyJob.mayBe)
      }?.items
    }
    if let watched = context.set(for: key.namespace), watched.namespace == nil,
      let everywhere = await listed(nil)
    {
      return everywhere.filter { $0.metadata.namespace == namespace }
    }
    return await listed(namespace) ?? []
  }

  /// Lists the snapshots that its Backups consist of, as seldom. False where there are none, or this account may not look.
  func lookAtSnapshots(_ facts: CloudNativePGFacts, _ client: KubernetesClient) async -> Bool {
    guard (facts.ownBackups ?? []).contains(where: { $0.method == "volumeSnapshot" }) else {
      return false
    }
    let asked = now()
    if let snapshotsAt, asked.timeIntervalSince(snapshotsAt) < Self.nightlyPace { return true }
    snapshotsAt = asked
    let namespace = key.namespace
    let listed = await context.lists.items(
      of: VolumeSnapshot.resource, in: namespace, age: Self.nightlyPace / 2, now: asked
    ) { [gate = context.gate] in
      await gate.pass {
        try? await client.list(VolumeSnapshot.resource, in: namespace, labels: "")
      }?.compactMap { $0.decoded(VolumeSnapshot.self) }
        // No more is kept: in its annotations each carries the whole manifest of its Cluster.
        .map { VolumeSnapshot(metadata: ObjectMetadata(name: $0.metadata.name), status: $0.status) }
    }
    snapshots =
      listed.map { found in
        let states = found.items.map { ($0.metadata.name, $0.status ?? VolumeSnapshot.Status()) }
        return .value(
          Dictionary(states, uniquingKeysWith: { $1 }), source: "VolumeSnapshots", at: found.at)
      } ?? .pending
    return listed != nil
  }

  private func oldest(
    _ names: [String], in namespace: String, _ client: KubernetesClient
  ) async -> Date? {
    var times: [Date] = []
    for name in names.prefix(5) {
      let job = try? await client.get(Job.resource, in: namespace, name)?.decoded(Job.self)
      if let start = kubernetesDate(job?.status?.startTime) { times.append(start) }
    }
    return times.min()
  }
}

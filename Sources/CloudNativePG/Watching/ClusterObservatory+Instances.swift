import FoundationEssentials
import Kubernetes
import PostgresServers
import RecoveryModel
import Transports

/// Asks the instances: their managers through the API server, where need be their servers by SQL.
extension ClusterObservatory {
  /// Asks every instance once; whoever comes meanwhile waits for the same answers.
  func lookAtInstances() async {
    if let look { return await look.value }
    let task = Task { await self.askInstances(InstanceProxy.deadline) }
    look = task
    await task.value
    look = nil
  }

  /// The same with so many seconds for each; a longer one is beside the others, so that nobody else waits for it.
  func lookAtInstances(patience: Double) async {
    guard patience > InstanceProxy.deadline else { return await lookAtInstances() }
    await askInstances(patience)
  }

  /// Returns when every instance has been asked once, or somebody asks them now and has the answers.
  func waitForInstances() async {
    if let look { return await look.value }
    if statuses.isEmpty { await lookAtInstances() }
  }

  /// Whom to ask. Nothing that waits for an answer holds on to all the facts: a thousand clusters wait at once.
  private struct Round: Sendable {
    var client: KubernetesClient
    var instances: [InstanceAddress]
    var primary: String?
    var archiver: ArchiveReach.Archiver?
  }

  @inline(never)
  private func round() -> Round? {
    guard let client = context.connection?.client,
      let facts = reading.facts()
    else { return nil }
    return Round(
      client: client, instances: InstanceAddress.all(facts), primary: facts.currentPrimary,
      archiver: facts.archiver(context: context.name))
  }

  private func proxy(
    _ round: Round, patience: Double = InstanceProxy.deadline
  ) -> InstanceProxy {
    InstanceProxy(
      client: round.client, gate: context.gate, namespace: key.namespace, now: now,
      deadline: patience)
  }

  private var isRefused: Bool { refusedUntil.map { $0 > now() } ?? false }

  private func askInstances(_ patience: Double) async {
    guard context.outage(of: key.namespace) == nil, let round = round() else { return }
    if !isRefused {
      let proxy = proxy(round, patience: patience)
      var answers = await proxy.statuses(of: round.instances)
      if proxy.isSilent(answers) { await context.doubt() }
      // The API server does not answer: that says nothing of the instances behind it.
      guard context.outage(of: key.namespace) == nil else { return }
      // Who looks once only has no next look: a busy node's silence is not taken for an answer at once.
      if statuses.isEmpty {
        let silent = round.instances.filter { answers[$0.name].map(proxy.isSilent) ?? false }
        if !silent.isEmpty { answers.merge(await proxy.statuses(of: silent)) { $1 } }
      }
      if let primary = round.primary {
        remember(answers[primary], of: primary)
        waiting = WaitingWAL(answers[primary], before: waiting)
        note(answers[primary]?.value, round.archiver)
      }
      statuses = answers
      refusedUntil =
        proxy.isRefused(answers) ? now().addingTimeInterval(Self.refusalLifetime) : nil
    }
    await askServers(round)
  }

  /// Where the primary's WAL stood, for its rate: from one look to the next at a fleet's pace; of a cluster that is
  /// looked at closely, over some seconds.
  private func remember(_ answer: Observed<InstanceManagerStatus>?, of primary: String) {
    guard let before = statuses[primary], let lsn = before.value?.currentLSN, let at = before.at
    else { return }
    if let earlier, earlier.instance == primary, let last = answer?.at,
      last.timeIntervalSince(earlier.at) < 10
    {
      return
    }
    earlier = PrimaryLook(instance: primary, lsn: lsn, at: at)
  }

  /// How far it has archived, for whoever is recovered from there.
  private func note(_ status: InstanceManagerStatus?, _ archiver: ArchiveReach.Archiver?) {
    guard let archiver, let segment = status?.lastArchivedWAL, let at = status?.lastArchivedAt
    else { return }
    archives.reach.note(archiver, archived: segment, at: at, lookedAt: now())
  }

  /// Whoever gave no answer through the proxy and can be reached by libpq is asked that way.
  private func askServers(_ round: Round) async {
    var asked: [(String, InstanceWatch)] = []
    for name in round.instances.map(\.name) where statuses[name]?.value == nil {
      guard let watch = watch(name, isPrimary: name == round.primary) else { continue }
      asked.append((name, watch))
    }
    guard !asked.isEmpty else { return servers = [:] }
    servers = await withTaskGroup(of: (String, InstanceAnswer).self) { group in
      for (name, watch) in asked { group.addTask { (name, await watch.look()) } }
      var answers: [String: InstanceAnswer] = [:]
      for await (name, answer) in group { answers[name] = answer }
      return answers
    }
  }

  private func watch(_ name: String, isPrimary: Bool) -> InstanceWatch? {
    let own = settings.instances.first { $0.name == name }
    let place = own ?? (isPrimary ? primaryPlace : nil)
    guard let place else { return nil }
    // The primary's connection leads to whoever is primary: a watch of its own.
    let id = own == nil ? "primary" : name
    if let watch = watches[id] { return watch }
    let watch = InstanceWatch(name: name, client: openSQL(place), now: now)
    watches[id] = watch
    return watch
  }

  private var primaryPlace: ServerAddress? {
    settings.conninfo.map {
      ServerAddress(name: "primary", conninfo: $0, password: settings.password)
    }
  }

  /// WAL that was seen to wait, behind the one that was archived last.
  struct WaitingWAL: Sendable {
    var last: String?
    var since: Date

    /// nil = nothing waits. `before`: of the look before.
    init?(_ answer: Observed<InstanceManagerStatus>?, before: WaitingWAL?) {
      guard let status = answer?.value, let at = answer?.at, status.readyWALFiles > 0 else {
        return nil
      }
      last = status.lastArchivedWAL
      since = before.flatMap { $0.last == status.lastArchivedWAL ? $0.since : nil } ?? at
    }
  }

  // MARK: Sizes

  /// Reads the metrics of every instance, unless that was done lately.
  func readMetrics() async {
    if let at = metricsAt, now().timeIntervalSince(at) < Self.metricsPace { return }
    metricsAt = now()
    guard settings.readsMetrics, !isRefused, let round = round() else { return }
    for (instance, read) in await proxy(round).metrics(of: round.instances) {
      metrics[instance, default: []].note(MetricsLook(read, at: now()))
    }
  }
}

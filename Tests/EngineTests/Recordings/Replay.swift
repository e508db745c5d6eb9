import FoundationEssentials
import RecoveryModel
import Synchronization

@testable import CloudNativePG
@testable import Kubernetes
@testable import Transports

/// Plays a recording into an engine, second by second, on a clock of its own.
final class Replay: Sendable {
  /// The answer of an instance manager at a moment; nil = nobody answers.
  typealias Instances = @Sendable (_ pod: String, _ now: Date) -> String?

  private let recording: Recording
  private let cluster: ObjectKey
  private let instances: Instances
  /// What had happened before, the earliest first: a recording holds what changed in its own time.
  private let history: [Recording]
  private let mayReadLogs: Bool
  private let archives: ArchivePlaces
  private let clock = Mutex(Date.distantPast)
  private let pods = Mutex<[String: Pod]>([:])
  /// Of tries that have ended.
  let logReads = Counter()
  /// What is known of the cluster that it is recovered from.
  private let origin: RecoveryOrigin?

  init(
    _ recording: Recording, cluster: ObjectKey, history: [Recording] = [],
    mayReadLogs: Bool = true, archives: ArchivePlaces = ArchivePlaces(),
    origin: RecoveryOrigin? = nil, instances: @escaping Instances
  ) {
    self.origin = origin
    self.archives = archives
    self.recording = recording
    self.cluster = cluster
    self.history = history
    self.mayReadLogs = mayReadLogs
    self.instances = instances
  }

  private var now: Date { clock.withLock { $0 } }

  /// One second of it, as the program shows the cluster at its end.
  struct Moment: Sendable {
    var at: Date
    var snapshot: ClusterSnapshot

    /// Verdict and first headline; spans of time, which change with each second, as `T`.
    var words: String {
      let headline = snapshot.findings.first?.headline ?? "(nothing)"
      return "\(snapshot.verdict.rawValue) | \(Self.timeless(headline))"
    }

    static func timeless(_ text: String) -> String {
      var words: [Substring] = []
      for word in text.split(separator: " ", omittingEmptySubsequences: false) {
        let digits = word.prefix { $0.isNumber }
        let rest = word.dropFirst(digits.count)
        guard !digits.isEmpty, let unit = rest.first, "smhd".contains(unit),
          rest.dropFirst().allSatisfy({ ":,;.)".contains($0) })
        else {
          words.append(word)
          continue
        }
        if words.last != "T" { words.append("T" + rest.dropFirst()) }
      }
      return words.joined(separator: " ")
    }
  }

  /// Every second from the first event to `after` seconds behind the last.
  func moments(after: Double = 2) async throws -> [Moment] {
    guard let first = recording.events.first?.at, let last = recording.events.last?.at else {
      return []
    }
    let client = FakeServer().kubernetes(http: HTTPClient { [self] in answer($0) })
    let ticking = CacheClock(now: { [self] in now }, random: { 0.5 }, sleep: { _ in })
    let context = ClusterContext(
      wanted: "recorded", wishes: NamespaceWishes(), notes: .ledgers(in: []), clock: ticking,
      connect: { throw RecoveryError(.unreachable, "a recording has no server") })
    let set = ClusterSet(client: client, namespace: nil, clock: ticking)
    context.hold(
      set,
      connection: KubernetesAccess.Connection(
        context: "recorded", namespace: "default", client: client, isInsecure: false))
    let engine = engine(context)
    var report = EngineReport()
    var wal = WALClock()
    var moments: [Moment] = []
    for event in history.flatMap(\.events).filter({ $0.at < first }).sorted(by: { $0.at < $1.at }) {
      try apply(event, to: set)
    }
    var rest = recording.events[...]
    var second = first.timeIntervalSince1970.rounded(.up)
    while second <= last.timeIntervalSince1970 + after {
      let at = Date(timeIntervalSince1970: second)
      clock.withLock { $0 = at }
      while let event = rest.first, event.at <= at {
        try apply(event, to: set)
        rest = rest.dropFirst()
      }
      keepInStep(set, at)
      if set.clusters.index.objects(of: cluster).isEmpty {
        second += 1
        continue
      }
      for source in engine.sources { report.merge(await engine.observe(source.id)) }
      if case .value(let archive, _, let when) = report.archive {
        wal.record(
          lsn: archive.currentLSN, nextTransactionID: archive.nextTransactionID, at: when)
      }
      moments.append(
        Moment(at: at, snapshot: assess(report, wal, at, after: moments.last?.snapshot)))
      second += 1
    }
    return moments
  }

  private func assess(
    _ report: EngineReport, _ wal: WALClock, _ at: Date, after previous: ClusterSnapshot?
  ) -> ClusterSnapshot {
    ClusterAssessment.assess(
      declaration: ClusterDeclaration(
        name: "\(cluster.namespace)/\(cluster.name)", engine: "cloudnativepg"),
      engineTitle: "CloudNativePG", interval: 2, report: report, drills: [], operation: nil,
      outcomes: [], clock: wal, now: at, previous: previous, origin: origin)
  }

  private func engine(_ context: ClusterContext) -> CloudNativePGEngine {
    let settings = CloudNativePGSettings(
      cluster: cluster.name, namespace: cluster.namespace, readsMetrics: false)
    let observatory = ClusterObservatory(
      key: cluster, context: context, archives: archives, settings: settings,
      now: { [self] in now },
      openSQL: { _ in
        SQLClient(query: { _, _ in throw RecoveryError(.unreachable, "nobody") }, close: {})
      }, store: .unreachable)
    let environment = EngineEnvironment.fixed(now: { [self] in now })
    return CloudNativePGEngine(
      declaration: ClusterDeclaration(name: cluster.name, engine: "cloudnativepg"),
      settings: settings, observatory: observatory, fleet: 1, now: { [self] in now },
      makeOperations: { CloudNativePGOperations(site: $0, environment: environment) })
  }

  // MARK: Objects

  private func apply(_ event: Recording.Event, to set: ClusterSet) throws {
    switch event.kind {
    case "clusters": try put(event, in: set.clusters)
    case "backups": try put(event, in: set.backups)
    case "scheduledbackups": try put(event, in: set.schedules)
    case "objectstores": try put(event, in: set.stores)
    case "jobs": try put(event, in: set.jobs)
    case "persistentvolumeclaims": try put(event, in: set.claims)
    case "pods":
      let pod = try put(event, in: set.pods)
      pods.withLock { $0[pod.name] = event.isDeletion ? nil : pod }
    default: throw RecoveryError(.invalid, "a recording of \(event.kind)")
    }
  }

  @discardableResult
  private func put<Object: KubernetesObject>(
    _ event: Recording.Event, in cache: ResourceCache<Object>
  ) throws -> Object {
    let bytes = Array(event.object.utf8)
    let object = try bytes.withUnsafeBufferPointer { buffer in
      var reader = JSONReader(buffer, strings: StringTable())
      return try Object.read(&reader)
    }
    cache.index.change { contents in
      _ = event.isDeletion ? contents.remove(object) : contents.put(object)
    }
    return object
  }

  private func keepInStep(_ set: ClusterSet, _ at: Date) {
    set.clusters.index.change { $0.state = .synced(at: at) }
    set.backups.index.change { $0.state = .synced(at: at) }
    set.schedules.index.change { $0.state = .synced(at: at) }
    set.stores.index.change { $0.state = .synced(at: at) }
    set.jobs.index.change { $0.state = .synced(at: at) }
    set.claims.index.change { $0.state = .synced(at: at) }
    set.pods.index.change { $0.state = .synced(at: at) }
  }

  // MARK: Answers

  private func answer(_ request: HTTPRequest) -> AsyncThrowingStream<HTTPEvent, any Error> {
    let (status, body) = body(request.url)
    return AsyncThrowingStream { continuation in
      continuation.yield(.head(status: status, headers: [:]))
      continuation.yield(.chunk(Array(body.utf8)))
      continuation.finish()
    }
  }

  private func body(_ url: String) -> (Int, String) {
    let path = url.split(separator: "?", maxSplits: 1).first.map(String.init) ?? url
    let words = path.split(separator: "/").map(String.init)
    guard let at = words.firstIndex(of: "pods"), at + 2 < words.count else { return (404, "") }
    if words[at + 2] == "log" { return log(of: words[at + 1], url) }
    let pod = words[at + 1].split(separator: ":").dropFirst().first.map(String.init) ?? ""
    guard isUp(pod), let status = instances(pod, now) else {
      return (503, "error trying to reach service: dial tcp 10.244.0.9:8000: connection refused")
    }
    return (200, status)
  }

  /// Its server's container runs; a pod that was never seen is taken for one that does.
  private func isUp(_ pod: String) -> Bool {
    guard let pod = pods.withLock({ $0[pod] }) else { return true }
    let server = pod.status?.containerStatuses?.first { $0.name == "postgres" }
    return server.map { $0.state?.terminated == nil && $0.state?.waiting == nil } ?? false
  }

  private func log(of pod: String, _ url: String) -> (Int, String) {
    guard mayReadLogs else { return (403, #"{"message":"pods/log is forbidden","code":403}"#) }
    let hasEnded = pods.withLock {
      ["Failed", "Succeeded"].contains($0[pod]?.status?.phase ?? "")
    }
    if hasEnded { logReads.increment() }
    let since = url.firstRange(of: "sinceTime=").map { range in
      url[range.upperBound...].prefix { $0 != "&" }.replacing("%3A", with: ":")
    }
    let from = since.flatMap { kubernetesDate(String($0)) }
    let found = (history + [recording]).compactMap { $0.log(of: pod, until: now, since: from) }
    guard let lines = found.last else { return (404, #"{"message":"pods not found","code":404}"#) }
    return (200, lines.joined(separator: "\n"))
  }
}

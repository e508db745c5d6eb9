import FoundationEssentials

/// What is known of a cluster's primary: what may be done first hangs on it. A name is nil where nobody knows which
/// server it was.
package enum PrimaryFate: Sendable, Equatable {
  case answers
  /// More than one takes writes.
  case several
  case startingUp(String)
  /// Something is done to the cluster on purpose that ends with one: what.
  case changing(String)
  /// It does not answer, and may be alive and take writes.
  case silent(String?)
  /// It does not answer here, and standbys receive WAL from it: whom, which, and from where.
  case feeding(String?, String, String)
  /// Its machine answers, and nothing listens where it was.
  case stopped(String)
  /// It is down, and where its data should lie there are none: the directory.
  case empty(String, String)
  /// The cluster has no such server any more.
  case gone(String)
  /// Nobody can be asked about any server: by which way.
  case unseen(String)
  /// It may well run, and this account may not see it: which right is missing.
  case withheld(Unavailable)
  /// No server is known at all, only what was stored.
  case storeAlone

  init(_ cluster: ClusterSnapshot, at now: Date) {
    guard !cluster.report.isStoreAlone else {
      self = .storeAlone
      return
    }
    if let outage = cluster.report.outage {
      self = .unseen(Sanitizer.clean(outage.place, limit: 40))
      return
    }
    guard let instances = cluster.report.instances.value,
      cluster.staleAge(of: .instances, at: now) == nil
    else {
      let failure = cluster.report.instances.failure
      self = failure.flatMap { $0.code == .denied ? .withheld($0) : nil } ?? .unseen("its servers")
      return
    }
    switch instances.count(where: \.isRunningPrimary) {
    case 0:
      self = Self.missing(
        among: instances, last: cluster.lastAnswers.primary, amid: cluster.report.activities)
    case 1: self = .answers
    default: self = .several
    }
  }

  private static let changes: Set<ClusterActivity.Kind> = [
    .rollingRestart, .switchover, .failover, .hibernation, .setup, .recovery,
  ]

  /// Where none of them answers as the primary; `last` was it when one was last seen.
  package static func missing(
    among instances: [Instance], last: String?, amid activities: [ClusterActivity] = []
  ) -> PrimaryFate {
    if let change = activities.first(where: { changes.contains($0.kind) }) {
      return .changing(Sanitizer.clean(change.sentence, limit: 80))
    }
    let absent = instances.filter { $0.role != .standby || $0.state != .running }
    let suspect = absent.first { $0.name == last } ?? (absent.count == 1 ? absent.first : nil)
    if let starting = absent.first(where: { $0.state == .startingUp }) {
      return .startingUp(Sanitizer.clean(starting.name, limit: 40))
    }
    let unseen = absent.compactMap(\.state.missingRight).first
    if let missing = suspect.map(\.state.missingRight) ?? unseen { return .withheld(missing) }
    // With a cascade some go on for a while; where all do, one of them is fed by the primary.
    let standbys = instances.filter { $0.role == .standby && $0.state == .running }
    if let first = standbys.first, let place = first.upstream?.place,
      standbys.allSatisfy({ $0.upstream?.isAlive == true })
    {
      return .feeding(
        (suspect?.name ?? last).map { Sanitizer.clean($0, limit: 40) },
        Sanitizer.clean(first.name, limit: 40), Sanitizer.clean(place, limit: 80))
    }
    guard let suspect else {
      return last.flatMap { name in
        instances.contains { $0.name == name } ? nil : .gone(Sanitizer.clean(name, limit: 40))
      } ?? .silent(nil)
    }
    let name = Sanitizer.clean(suspect.name, limit: 40)
    if let directory = suspect.emptyDirectory {
      return .empty(name, Sanitizer.clean(directory, limit: 80))
    }
    return suspect.isStopped ? .stopped(name) : .silent(name)
  }

  /// What comes before anything that could make a second primary; empty where nothing does.
  package var words: String {
    switch self {
    case .startingUp(let name):
      "Wait for \(name), which is starting up: promote and restore nothing meanwhile."
    case .changing(let what): "Wait: \(what). Promote and restore nothing meanwhile."
    case .feeding(let name, let standby, let place):
      "\(name ?? "The primary") runs: \(standby) receives WAL from \(place). It is not reached from here: correct its "
        + "conninfo. Start, promote and restore nothing."
    case .stopped(let name): "Start \(name): nothing listens where it was. That loses nothing."
    case .empty(let name, let directory):
      "\(name) cannot be started: no data are to be seen in \(directory). Is its file system mounted?"
    case .gone(let name):
      "\(name) is no server of the cluster any more: see that it stays off, whatever comes next."
    case .silent(let name):
      "Does \(name ?? "the primary") still run? If it is only down, start it: nothing is lost. "
        + "Until you know, promote and restore nothing."
    case .withheld(let missing):
      "What runs is not known: \(Sanitizer.clean(missing.remedy, limit: 200)). Until it is, "
        + "promote and restore nothing."
    case .answers, .several, .unseen, .storeAlone: ""
    }
  }
}

extension Instance {
  /// The machine itself says that nobody listens: a port that is shut, a socket that is not there.
  var isStopped: Bool {
    guard case .unreachable(let reason) = state else { return false }
    let text = reason.lowercased()
    return ["connection refused", "no socket there"].contains(where: text.contains)
  }
}

extension EngineReport {
  /// Where a server's history parted from the timeline that another is on: it replayed more of an old one than that history
  /// has of it, and can never follow. nil = it has not, or nobody can tell.
  func fork(of standby: Instance, from timeline: UInt32) -> TimelineSwitch? {
    standby.timeline.flatMap { old in
      standby.lsn.flatMap { fork(at: $0, of: old, from: timeline) }
    }
  }

  /// The same of a position on an old timeline.
  func fork(at position: LSN, of old: UInt32, from timeline: UInt32) -> TimelineSwitch? {
    guard timeline > old, let switches = walArchive.value?.switches else { return nil }
    var (above, next) = (TimelineSwitch?.none, timeline)
    while next > old, let fork = switches.first(where: { $0.timeline == next }) {
      (above, next) = (fork, fork.parent)
    }
    guard let fork = above, next <= old, position > fork.switchedAt else { return nil }
    return fork
  }

  /// Without the acts that production has gone back to before since: they are on a line that was left.
  func standing(_ search: ActSearch) -> ActSearch {
    guard let now = archive.value?.timeline,
      let then = search.timeline
    else { return search }
    var search = search
    // A recovery to just before a record leaves the line at its beginning.
    search.acts.removeAll { fork(at: LSN($0.target.rawValue + 1), of: then, from: now) != nil }
    return search
  }
}

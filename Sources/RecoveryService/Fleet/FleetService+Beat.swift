import FoundationEssentials
import RecoveryModel

extension FleetService {
  /// Seconds between two looks at what nobody looks at: its ledger, and what its age alone makes of it.
  static let unattendedPace = 60.0

  /// One beat of `run`: asks what is due without waiting for answers, and judges anew what is known, since
  /// silence ages too. Does nothing while paused.
  ///
  /// Of a big fleet only those clusters are looked at whose time has come, and no more of them in one beat than
  /// are needed to get round in time.
  package func tick() {
    guard !beat.isPaused, !closed else { return }
    let now = environment.engine.now()
    giveTurns()
    var unattended: [String] = []
    for name in order {
      if isAttended(name) {
        askSources(of: name, force: false)
        // What was asked just now is judged with the answers.
        if clusters[name]?.isAsked(since: now) == true {
          reassessSoon(name)
        } else {
          reassess(name)
        }
      } else {
        unattended.append(name)
      }
    }
    var room = beatRoom
    for name in beat.agenda.due(of: unattended, at: now) {
      let asksNew = clusters[name]?.wasAsked == false
      guard asksNew || room > 0 else { break }
      if askIfDue(name, at: now), !asksNew { room -= 1 }
    }
    publishNow()
    lookAfterNotes()
  }

  /// Questions to old acquaintances in one beat: half as many again as an even round takes.
  private var beatRoom: Int {
    max(
      20,
      Int((Double(order.count) * min(1, beat.interval / Self.unattendedPace) * 1.5).rounded(.up)))
  }

  /// Asks what is due of a cluster that nobody looks at and judges it when its time has come; true when it asked.
  private func askIfDue(_ name: String, at now: Date) -> Bool {
    guard let state = clusters[name] else { return false }
    var asked = false
    for (index, source) in state.sources.enumerated()
    where !source.inFlight && source.isDue(at: now, interval: beat.interval, looking: .unattended) {
      ask(index, of: name, at: now)
      asked = true
    }
    if state.ledger.isDue(at: now, pace: max(beat.interval, Self.unattendedPace)) {
      readLedger(of: name)
      asked = true
    }
    if state.judgement(interval: beat.interval, looking: .unattended) <= now { reassess(name) }
    schedule(name)
    return asked
  }

  /// Writes down when a cluster that nobody looks at is to be looked after next.
  func schedule(_ name: String) {
    guard !isAttended(name) else { return beat.agenda.forget(name) }
    guard let state = clusters[name] else { return beat.agenda.forget(name) }
    var next = state.judgement(interval: beat.interval, looking: .unattended)
    for source in state.sources where !source.inFlight {
      next = min(next, source.dueAt(interval: beat.interval, looking: .unattended))
    }
    if !state.ledger.reading {
      next = min(next, state.ledger.dueAt(pace: max(beat.interval, Self.unattendedPace)))
    }
    beat.agenda.set(name, next)
  }
}

/// How the service refreshes by itself.
struct Beat {
  /// Seconds.
  var interval: Double
  var isPaused = false
  var isRunning = false
  /// The cluster that somebody looks at.
  var attended: String?
  var agenda = Agenda()
  /// Where engines say what has news; nil = nobody reads it.
  var news: AsyncStream<EngineNews>.Continuation?
  /// The wait for the next beat; who cancels it has the next one at once.
  var pause: Task<Void, Never>?
}

/// When each cluster is to be looked after next. What is not written down is due.
struct Agenda {
  private var times: [String: Date] = [:]
  /// A clock that was set back makes everything due.
  private var lastAsked = Date.distantPast

  mutating func set(_ name: String, _ time: Date) { times[name] = time }
  mutating func forget(_ name: String) { times[name] = nil }
  mutating func forget() { times = [:] }

  /// Those of these names whose time has come, the longest overdue first.
  mutating func due(of names: [String], at now: Date) -> [String] {
    if now < lastAsked { times = [:] }
    lastAsked = now
    var due: [(name: String, at: Date)] = []
    for name in names {
      let time = times[name] ?? .distantPast
      if time <= now { due.append((name, time)) }
    }
    return due.sorted { $0.at < $1.at }.map(\.name)
  }
}

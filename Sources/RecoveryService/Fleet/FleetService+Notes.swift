import FoundationEssentials
import RecoveryModel

/// When a cluster's notes were kept, and who was told of them.
struct NoteKeeping {
  var keptAt: Date?
  var sharedAt: Date?
  /// The shared place is closed to this account.
  var isRefused = false
  var isUnderWay = false
  /// Who runs this process drills the cluster, also where somebody else did last.
  var drillsHere = false
  /// When it was first thought of asking whether its next drill could run.
  var watchedSince: Date?
  /// When that was last asked from here, whatever came of it.
  var askedAt: Date?
}

/// Looks at the WAL that outlast this process.
extension FleetService {
  /// Seconds between two writes to a file of this host's while it goes on looking, between two looks that are worth one at
  /// all, and between two writes to a place that other hosts share.
  static let notePace = (own: 300.0, least: 60.0, shared: 900.0)

  /// Of how many clusters in one beat: a big fleet's come by and by.
  private static let notesInOneBeat = 50

  /// With each beat: keeps what was seen, and asks once a day for what the next drill would need.
  func lookAfterNotes() {
    var room = Self.notesInOneBeat
    for name in order where clusters[name]?.keeping.isUnderWay == false {
      guard let state = clusters[name], isDue(state) || isReadinessDue(of: name) else { continue }
      guard room > 0 else { break }
      room -= 1
      clusters[name]?.keeping.isUnderWay = true
      Task {
        await self.askReadinessIfDue(of: name)
        await self.keepLooks(of: name)
        self.clusters[name]?.keeping.isUnderWay = false
      }
    }
  }

  /// Keeps where the WAL was seen to stand; nothing where that was done lately, or nobody looked since.
  func keepLooks(of name: String) async {
    guard let state = clusters[name], isDue(state) else { return }
    let now = environment.engine.now()
    clusters[name]?.keeping.keptAt = now
    let known = state.ledger.notes.looks.all.last?.at ?? .distantPast
    let primary = state.report.instances.value?.first(where: \.isRunningPrimary)
    clusters[name]?.ledger.notes.looks.note(
      state.clock.sightings.filter { $0.at > known }, of: primary?.systemIdentifier,
      primary: primary?.name, at: now)
    clusters[name]?.ledger.notes.note(state.assessed.lastAnswers.stop)
    // Who only looks writes nothing where others look: that is for those who drill, and for who stays.
    await keepNotes(of: name, sharing: beat.isRunning && isDriller(name))
  }

  /// What this console has seen is newer than what is kept, and worth a write.
  private func isDue(_ state: ClusterState) -> Bool {
    guard state.watched.notes != nil else { return false }
    let notes = state.ledger.notes
    let seen = state.clock.sightings.last?.at
    // The first that found it stopped, and the first that saw it run again, are what others go by.
    let stop = state.assessed.lastAnswers.stop
    if let stop, notes.stop?.server != stop.server { return true }
    if stop == nil, let known = notes.stop?.seenAt, let seen, seen > known { return true }
    // Whoever is asked next, with the new primary gone as well, has to name that one and not its predecessor.
    let primary = state.report.instances.value?.first(where: \.isRunningPrimary)?.name
    if let primary, let known = notes.looks.primary, primary != known, let seen,
      seen > notes.looks.all.last?.at ?? .distantPast
    {
      return true
    }
    guard let seen = stop?.seenAt ?? seen else { return false }
    let kept = (stop == nil ? notes.looks.all.last?.at : notes.stop?.seenAt) ?? .distantPast
    let now = environment.engine.now()
    let pace = beat.isRunning && !closed ? Self.notePace.own : Self.notePace.least
    return seen.timeIntervalSince(kept) >= Self.notePace.least
      && now.timeIntervalSince(state.keeping.keptAt ?? .distantPast) >= pace
  }

  /// Writes the notes to the file, and where wanted and due to the ledger that all share.
  func keepNotes(of name: String, sharing: Bool) async {
    guard let state = clusters[name] else { return }
    let now = environment.engine.now()
    await state.watched.notes?.keep(state.ledger.notes, at: now)
    let since = now.timeIntervalSince(state.keeping.sharedAt ?? .distantPast)
    guard sharing, !state.keeping.isRefused, since >= Self.notePace.shared else { return }
    clusters[name]?.keeping.sharedAt = now
    do { try await state.watched.ledger.keep(state.ledger.notes) } catch {
      clusters[name]?.keeping.isRefused = error.code == .denied || error.code == .invalid
    }
  }

  /// The last drill was run from here, by this account: what it may do is what the next one may.
  func isDriller(_ name: String) -> Bool {
    guard let last = clusters[name]?.ledger.drills.last else { return false }
    return last.user == environment.engine.user && last.host == environment.engine.host
  }
}

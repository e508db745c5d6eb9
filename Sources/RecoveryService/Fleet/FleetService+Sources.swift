import FoundationEssentials
import RecoveryModel

extension FleetService {
  /// Starts what is due and returns everything that is under way for the cluster and was due.
  @discardableResult
  func askSources(of name: String, force: Bool) -> Set<Flight> {
    guard let state = clusters[name] else { return [] }
    let now = environment.engine.now()
    let looking: Looking = isAttended(name) ? .attended : .unattended
    var flights: Set<Flight> = [readLedger(of: name)]
    for (index, source) in state.sources.enumerated() {
      guard
        force || source.inFlight
          || source.isDue(
            at: now, interval: beat.interval, looking: looking, during: state.operation != nil)
      else { continue }
      flights.insert(Flight(cluster: name, target: .source(source.source.id)))
      if force { clusters[name]?.sources[index].isAwaited = true }
      if !source.inFlight { ask(index, of: name, at: now, inTurn: !force) }
    }
    if force || looking == .attended { giveTurns(to: name) }
    return flights
  }

  /// Asks the clusters that these are being recovered from, or were: they tell how far that is, and what they still hold.
  func askOrigins(of names: [String]) async {
    let places = names.flatMap { clusters[$0]?.report.origins ?? [] }
    let origins = order.filter { name in
      !names.contains(name)
        && clusters[name]?.watched.declaration.place.map(places.contains) ?? false
    }
    guard !origins.isEmpty else { return }
    var flights: Set<Flight> = []
    for name in origins { flights.formUnion(askSources(of: name, force: true)) }
    await wait(for: flights)
    for name in origins + names { reassess(name) }
  }

  /// Asks every source again, because an operation has just changed what they would say. Answers to questions
  /// that are under way may be older than that, so those are put once more.
  func askSourcesAgain(of name: String) {
    guard let state = clusters[name] else { return }
    for index in state.sources.indices { askAgain(index, of: name) }
    readLedger(of: name, again: true)
  }

  /// Listens to what the cluster's engine tells by itself.
  func listen(to name: String) {
    guard beat.isRunning, !closed, let news = beat.news, let state = clusters[name],
      state.endListening == nil
    else { return }
    let epoch = state.epoch
    clusters[name]?.endListening = state.watched.engine.listen { source in
      news.yield(EngineNews(cluster: name, epoch: epoch, source: source))
    }
  }

  /// Reads what engines tell by themselves, until what is returned is cancelled.
  func readNews() -> Task<Void, Never> {
    let (stream, continuation) = AsyncStream.makeStream(of: EngineNews.self)
    beat.news = continuation
    return Task { for await news in stream { self.askAgain(about: news) } }
  }

  private func askAgain(about news: EngineNews) {
    let name = news.cluster
    guard !closed, let state = clusters[name], state.epoch == news.epoch,
      let index = state.sources.firstIndex(where: { $0.source.id == news.source })
    else { return }
    guard !beat.isPaused else {
      // Due with the first beat after the pause.
      clusters[name]?.sources[index].askedAt = nil
      beat.agenda.forget(name)
      return
    }
    askAgain(index, of: name)
    // A ledger that is not a file of this host's is told of the same way.
    if state.watched.engine.ledger != nil { readLedger(of: name, again: true) }
  }

  private func askAgain(_ index: Int, of name: String) {
    guard let source = clusters[name]?.sources[index] else { return }
    clusters[name]?.sources[index].isAwaited = true
    if source.inFlight {
      clusters[name]?.sources[index].askAgain = true
    } else {
      ask(index, of: name, at: environment.engine.now())
    }
  }

  /// Returns when all of these are answered, when patience ends, or when the caller is cancelled.
  func wait(for flights: Set<Flight>, patience: Double = patience) async {
    let pending = flights.filter(isUnderWay)
    guard !pending.isEmpty else { return }
    questions.nextWaiter += 1
    let id = questions.nextWaiter
    let limit = Task { [environment] in
      do { try await environment.sleep(patience) } catch { return }
      self.endWait(of: id)
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        guard !Task.isCancelled else { return continuation.resume() }
        questions.waiters[id] = OpenQuestions.Waiter(flights: pending, continuation: continuation)
      }
    } onCancel: {
      Task { await self.endWait(of: id) }
    }
    limit.cancel()
  }

  /// `inTurn` = unless somebody looks at the cluster it waits where many are asked at once.
  func ask(_ index: Int, of name: String, at now: Date, inTurn: Bool = true) {
    guard !closed, let state = clusters[name] else { return }
    clusters[name]?.sources[index].inFlight = true
    clusters[name]?.sources[index].askAgain = false
    clusters[name]?.sources[index].askedAt = now
    let flight = Flight(cluster: name, target: .source(state.sources[index].source.id))
    begin(flight, inTurn: inTurn)
  }

  /// Puts the question of a source.
  func put(_ id: ObservationSource.ID, to name: String) {
    let flight = Flight(cluster: name, target: .source(id))
    guard let state = clusters[name],
      let index = state.sources.firstIndex(where: { $0.source.id == id && $0.inFlight })
    else { return landedInTurn(flight) }
    let (engine, epoch) = (state.watched.engine, state.epoch)
    questions.tasks[flight] = Task {
      let update = await engine.observe(id)
      self.landedInTurn(flight)
      self.take(update, source: index, of: name, epoch: epoch)
    }
  }

  private func take(_ update: ReportUpdate, source index: Int, of name: String, epoch: Int) {
    guard var state = clusters[name], state.epoch == epoch else { return }
    let now = environment.engine.now()
    let isPrompt = state.sources[index].isAwaited || state.sources[index].answeredAt == nil
    let looking: Looking = isAttended(name) ? .attended : .unattended
    state.take(update, source: index, interval: beat.interval, looking: looking, at: now)
    clusters[name] = state
    if isPrompt {
      reassessAtOnce(name)
    } else if state.sources.contains(where: \.inFlight) {
      reassessSoon(name)
    } else {
      reassessAndTell(name)
    }
    let flight = Flight(cluster: name, target: .source(state.sources[index].source.id))
    questions.tasks[flight] = nil
    if state.sources[index].askAgain, !closed {
      ask(index, of: name, at: now)
    } else {
      clusters[name]?.sources[index].isAwaited = false
      landed(flight)
    }
    schedule(name)
  }

  @discardableResult
  func readLedger(of name: String, again: Bool = false) -> Flight {
    let flight = Flight(cluster: name, target: .ledger)
    guard let state = clusters[name] else { return flight }
    if state.ledger.reading {
      if again { clusters[name]?.ledger.readAgain = true }
      return flight
    }
    clusters[name]?.ledger.reading = true
    clusters[name]?.ledger.readAgain = false
    clusters[name]?.ledger.askedAt = environment.engine.now()
    begin(flight, inTurn: true)
    return flight
  }

  /// Reads the ledger of a cluster.
  func putToLedger(of name: String) {
    let flight = Flight(cluster: name, target: .ledger)
    guard let state = clusters[name], state.ledger.reading else { return landedInTurn(flight) }
    let (watched, epoch) = (state.watched, state.epoch)
    Task {
      defer { self.landedInTurn(flight) }
      do throws(RecoveryError) {
        var contents = try await watched.ledger.contents()
        contents.scrubs = try await watched.scrubs?.history() ?? ScrubHistory()
        if let own = await watched.notes?.contents() {
          contents.notes.merge(own, at: environment.engine.now())
        }
        self.takeLedger(.success(contents), of: name, epoch: epoch)
      } catch {
        self.takeLedger(.failure(error), of: name, epoch: epoch)
      }
    }
  }

  private func takeLedger(
    _ result: Result<LedgerContents, RecoveryError>, of name: String, epoch: Int
  ) {
    guard var state = clusters[name], state.epoch == epoch else { return }
    let before = state.ledger
    state.ledger.reading = false
    switch result {
    case .success(let contents):
      state.ledger.drills = Self.named(name, contents.drills)
      state.ledger.notices = contents.notices
      state.ledger.scrubs = contents.scrubs
      state.ledger.notes.merge(contents.notes, at: environment.engine.now())
      state.ledger.failure = nil
    case .failure(let failure): state.ledger.failure = failure
    }
    let changed =
      state.ledger.drills != before.drills || state.ledger.notices != before.notices
      || state.ledger.failure != before.failure || state.ledger.scrubs != before.scrubs
      || state.ledger.notes != before.notes
    // The time of a look that found nothing new would make every picture differ from the last.
    if changed { state.ledger.checkedAt = environment.engine.now() }
    clusters[name] = state
    if changed { reassessAtOnce(name) }
    if state.ledger.readAgain {
      readLedger(of: name)
    } else {
      landed(Flight(cluster: name, target: .ledger))
    }
  }

  /// Ends every wait for a cluster that is no more, and the questions to it.
  func dropFlights(of state: ClusterState) {
    var flights = [Flight(cluster: state.name, target: .ledger)]
    flights += state.sources.map {
      Flight(cluster: state.name, target: .source($0.source.id))
    }
    for flight in flights {
      questions.tasks.removeValue(forKey: flight)?.cancel()
      landed(flight)
    }
  }

  /// How many questions to engines wait for their answers.
  package var questionsUnderWay: Int { questions.tasks.count + questions.turns.waitingCount }

  private func isUnderWay(_ flight: Flight) -> Bool {
    guard let state = clusters[flight.cluster] else { return false }
    switch flight.target {
    case .ledger: return state.ledger.reading
    case .source(let id): return state.sources.contains { $0.source.id == id && $0.inFlight }
    }
  }

  private func landed(_ flight: Flight) {
    for (id, waiter) in questions.waiters where waiter.flights.contains(flight) {
      questions.waiters[id]?.flights.remove(flight)
      if waiter.flights.count == 1 { endWait(of: id) }
    }
  }

  private func endWait(of id: Int) {
    questions.waiters.removeValue(forKey: id)?.continuation.resume()
  }
}

extension ClusterState {
  /// Takes an answer in.
  mutating func take(
    _ update: ReportUpdate, source index: Int, interval: Double, looking: Looking, at now: Date
  ) {
    sources[index].inFlight = false
    sources[index].answeredAt = now
    sources[index].answeredPace = sources[index].pace(interval: interval, looking: looking)
    sources[index].parts.formUnion(update.parts)
    sources[index].took = max(0, now.timeIntervalSince(sources[index].askedAt ?? now))
    report.merge(update)
    if case .value(let archive, _, let at) = update.archive {
      clock.record(
        lsn: archive.currentLSN, nextTransactionID: archive.nextTransactionID,
        timeline: archive.timeline, at: at)
    }
  }
}

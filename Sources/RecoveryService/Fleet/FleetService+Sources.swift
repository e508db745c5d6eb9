import FoundationEssentials
import RecoveryModel

/// One question that is under way.
struct Flight: Hashable, Sendable {
  enum Target: Hashable, Sendable {
    case source(ObservationSource.ID)
    case ledger
  }
  var cluster: String
  var target: Target
}

/// Somebody who waits for questions to be answered.
struct Waiter {
  var flights: Set<Flight>
  var continuation: CheckedContinuation<Void, Never>
}

extension FleetService {
  /// Starts what is due and returns everything that is under way for the cluster and was due.
  @discardableResult
  func askSources(of name: String, force: Bool) -> Set<Flight> {
    guard let state = clusters[name] else { return [] }
    let now = environment.engine.now()
    var flights: Set<Flight> = [readLedger(of: name)]
    for (index, source) in state.sources.enumerated() {
      guard
        force || source.inFlight
          || source.isDue(at: now, interval: interval, during: state.operation != nil)
      else { continue }
      flights.insert(Flight(cluster: name, target: .source(source.source.id)))
      if !source.inFlight { ask(index, of: name, at: now) }
    }
    return flights
  }

  /// Asks every source again, because an operation has just changed what they would say. Answers to questions
  /// that are under way may be older than that, so those are put once more.
  func askSourcesAgain(of name: String) {
    guard let state = clusters[name] else { return }
    let now = environment.engine.now()
    for (index, source) in state.sources.enumerated() {
      if source.inFlight {
        clusters[name]?.sources[index].askAgain = true
      } else {
        ask(index, of: name, at: now)
      }
    }
    _ = readLedger(of: name, again: true)
  }

  /// Returns when all of these are answered, when patience ends, or when the caller is cancelled.
  func wait(for flights: Set<Flight>) async {
    let pending = flights.filter(isUnderWay)
    guard !pending.isEmpty else { return }
    nextWaiter += 1
    let id = nextWaiter
    let limit = Task { [environment] in
      do { try await environment.sleep(Self.patience) } catch { return }
      self.dismiss(id)
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        guard !Task.isCancelled else { return continuation.resume() }
        waiters[id] = Waiter(flights: pending, continuation: continuation)
      }
    } onCancel: {
      Task { await self.dismiss(id) }
    }
    limit.cancel()
  }

  private func ask(_ index: Int, of name: String, at now: Date) {
    guard let state = clusters[name] else { return }
    clusters[name]?.sources[index].inFlight = true
    clusters[name]?.sources[index].askAgain = false
    clusters[name]?.sources[index].askedAt = now
    let engine = state.watched.engine
    let id = state.sources[index].source.id
    Task {
      let update = await engine.observe(id)
      self.settle(update, source: index, of: name)
    }
  }

  private func settle(_ update: ReportUpdate, source index: Int, of name: String) {
    guard var state = clusters[name] else { return }
    let now = environment.engine.now()
    state.sources[index].inFlight = false
    state.sources[index].answeredAt = now
    state.sources[index].parts.formUnion(update.parts)
    state.sources[index].took = max(0, now.timeIntervalSince(state.sources[index].askedAt ?? now))
    state.report.merge(update)
    if case .value(let archive, _, let at) = update.archive {
      state.clock.record(
        lsn: archive.currentLSN, nextTransactionID: archive.nextTransactionID, at: at)
    }
    clusters[name] = state
    reassess(name)
    publish()
    if state.sources[index].askAgain {
      ask(index, of: name, at: now)
    } else {
      landed(Flight(cluster: name, target: .source(state.sources[index].source.id)))
    }
  }

  private func readLedger(of name: String, again: Bool = false) -> Flight {
    let flight = Flight(cluster: name, target: .ledger)
    guard let state = clusters[name] else { return flight }
    if state.ledger.reading {
      if again { clusters[name]?.ledger.readAgain = true }
      return flight
    }
    clusters[name]?.ledger.reading = true
    clusters[name]?.ledger.readAgain = false
    let ledger = state.watched.ledger
    Task {
      do throws(RecoveryError) {
        self.settleLedger(.success(try await ledger.contents()), of: name)
      } catch {
        self.settleLedger(.failure(error), of: name)
      }
    }
    return flight
  }

  private func settleLedger(
    _ result: Result<LedgerContents, RecoveryError>, of name: String
  ) {
    guard var state = clusters[name] else { return }
    let before = state.ledger
    state.ledger.reading = false
    switch result {
    case .success(let contents):
      state.ledger.drills = contents.drills
      state.ledger.notices = contents.notices
      state.ledger.failure = nil
    case .failure(let failure): state.ledger.failure = failure
    }
    let changed =
      state.ledger.drills != before.drills || state.ledger.notices != before.notices
      || state.ledger.failure != before.failure
    // The time of a look that found nothing new would make every picture differ from the last.
    if changed { state.ledger.checkedAt = environment.engine.now() }
    clusters[name] = state
    if changed {
      reassess(name)
      publish()
    }
    if state.ledger.readAgain {
      _ = readLedger(of: name)
    } else {
      landed(Flight(cluster: name, target: .ledger))
    }
  }

  private func isUnderWay(_ flight: Flight) -> Bool {
    guard let state = clusters[flight.cluster] else { return false }
    switch flight.target {
    case .ledger: return state.ledger.reading
    case .source(let id): return state.sources.contains { $0.source.id == id && $0.inFlight }
    }
  }

  private func landed(_ flight: Flight) {
    for (id, waiter) in waiters where waiter.flights.contains(flight) {
      waiters[id]?.flights.remove(flight)
      if waiter.flights.count == 1 { dismiss(id) }
    }
  }

  private func dismiss(_ id: Int) {
    waiters.removeValue(forKey: id)?.continuation.resume()
  }
}

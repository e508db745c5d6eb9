import FoundationEssentials
import RecoveryModel

/// Who is asked next where many are to be asked at once: a question holds some kilobytes while it is under way, those of
/// a thousand clusters 30 MiB.
struct QuestionTurns {
  /// So many are under way at a time.
  private static let most = 100
  /// Seconds after which one that is not answered keeps nobody else waiting.
  private static let patience = 3.0

  private var begun: [Flight: Date] = [:]
  private var waiting: [Flight] = []
  private var known: Set<Flight> = []

  var waitingCount: Int { waiting.count }

  /// False = it waits for its turn.
  mutating func takes(_ flight: Flight, at now: Date) -> Bool {
    guard !known.contains(flight) else { return false }
    guard hasRoom else {
      waiting.append(flight)
      known.insert(flight)
      return false
    }
    begun[flight] = now
    return true
  }

  /// Those of a cluster that wait, whose turn it is now.
  mutating func prefer(_ cluster: String) -> [Flight] {
    let preferred = waiting.filter { $0.cluster == cluster }
    guard !preferred.isEmpty else { return [] }
    waiting.removeAll { $0.cluster == cluster }
    known.subtract(preferred)
    return preferred
  }

  mutating func landed(_ flight: Flight) { begun[flight] = nil }

  /// Those whose turn has come, in the order in which they came.
  mutating func next(at now: Date) -> [Flight] {
    guard !waiting.isEmpty else { return [] }
    // Of a clock that was set back nobody's patience is to be seen.
    begun = begun.filter { (0..<Self.patience).contains(now.timeIntervalSince($0.value)) }
    let next = Array(waiting.prefix(max(0, Self.most - begun.count)))
    waiting.removeFirst(next.count)
    for flight in next {
      known.remove(flight)
      begun[flight] = now
    }
    return next
  }

  private var hasRoom: Bool { waiting.isEmpty && begun.count < Self.most }
}

extension FleetService {
  /// Puts a question now, or when its turn comes.
  func begin(_ flight: Flight, inTurn: Bool) {
    let now = environment.engine.now()
    guard !inTurn || isAttended(flight.cluster) || questions.turns.takes(flight, at: now) else {
      return
    }
    put(flight)
  }

  func landedInTurn(_ flight: Flight) {
    questions.turns.landed(flight)
    giveTurns()
  }

  func giveTurns() {
    guard !closed else { return }
    for flight in questions.turns.next(at: environment.engine.now()) { put(flight) }
  }

  /// Somebody waits for this cluster.
  func giveTurns(to cluster: String) {
    for flight in questions.turns.prefer(cluster) { put(flight) }
  }

  private func put(_ flight: Flight) {
    switch flight.target {
    case .source(let id): put(id, to: flight.cluster)
    case .ledger: putToLedger(of: flight.cluster)
    }
  }
}

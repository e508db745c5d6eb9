import FoundationEssentials
import RecoveryModel
import Synchronization

/// What reading a store costs, by the quarter of an hour over a day: requests are what people pay for, and a limit of
/// them is theirs to set.
package final class RequestMeter: Sendable {
  package struct Count: Sendable, Equatable {
    package var requests = 0
    /// Received bodies.
    package var bytes: Int64 = 0

    package init(requests: Int = 0, bytes: Int64 = 0) {
      self.requests = requests
      self.bytes = bytes
    }

    static func += (sum: inout Count, other: Count) {
      sum.requests += other.requests
      sum.bytes += other.bytes
    }
  }

  private struct State {
    var total = Count()
    var since: Date?
    /// By quarters since 1970, oldest first.
    var quarters: [(number: Int, count: Count)] = []
  }

  private static let quarter = 900.0
  private static let day = 86_400.0

  private let limit: StoreLimit
  private let now: @Sendable () -> Date
  private let state = Mutex(State())

  package init(
    limit: StoreLimit = StoreLimit(), now: @escaping @Sendable () -> Date = { Date() }
  ) {
    self.limit = limit
    self.now = now
  }

  /// Since it was made.
  package var count: Count { state.withLock { $0.total } }

  /// Counts a request before it is sent, so that several at once do not pass a limit together. Throws `RecoveryError`
  /// (refused, `storeLimit`) where a day's limit is reached. `place`: what is counted.
  func begin(_ place: String) throws(RecoveryError) {
    let at = now()
    let refusal = state.withLock { state -> RecoveryError? in
      if limit.isSet, let refusal = traffic(of: place, state, at).refusal { return refusal }
      state.since = min(state.since ?? at, at)
      Self.count(RequestMeter.Count(requests: 1), at, &state)
      return nil
    }
    if let refusal { throw refusal }
  }

  /// Bytes of an answer.
  func received(_ bytes: Int) {
    let at = now()
    state.withLock { Self.count(RequestMeter.Count(bytes: Int64(bytes)), at, &$0) }
  }

  private static func count(_ more: Count, _ at: Date, _ state: inout State) {
    let number = number(of: at)
    // A clock that was set back: what lies ahead of it is counted as now.
    if let last = state.quarters.indices.last, state.quarters[last].number >= number {
      state.quarters[last].count += more
    } else {
      state.quarters.append((number, more))
    }
    state.quarters.removeAll { $0.number < number - Int(day / quarter) }
    state.total += more
  }

  private static func number(of date: Date) -> Int {
    let number = (date.timeIntervalSince1970 / quarter).rounded(.down)
    return Int(min(max(number, -1e12), 1e12))
  }

  /// Of the last day.
  package func traffic(of place: String) -> StoreTraffic {
    let at = now()
    return state.withLock { traffic(of: place, $0, at) }
  }

  private func traffic(of place: String, _ state: State, _ at: Date) -> StoreTraffic {
    let recent = Self.recent(state, at)
    var sum = Count()
    for quarter in recent { sum += quarter.count }
    let watched = state.since.map { max(0, at.timeIntervalSince($0)) } ?? 0
    return StoreTraffic(
      place: place, requests: sum.requests, bytes: sum.bytes, seconds: min(watched, Self.day),
      limit: limit, pausedUntil: end(of: recent, sum))
  }

  private static func recent(_ state: State, _ at: Date) -> [(number: Int, count: Count)] {
    let first = number(of: at) - Int(day / quarter)
    return state.quarters.filter { $0.number >= first }
  }

  /// When so much of it is a day old that the rest is under the limit; nil = it is.
  private func end(of recent: [(number: Int, count: Count)], _ sum: Count) -> Date? {
    guard limit.isReached(requests: sum.requests, bytes: sum.bytes) else { return nil }
    var rest = sum
    for quarter in recent {
      rest.requests -= quarter.count.requests
      rest.bytes -= quarter.count.bytes
      if !limit.isReached(requests: rest.requests, bytes: rest.bytes) {
        return Date(timeIntervalSince1970: Double(quarter.number + 1) * Self.quarter + Self.day)
      }
    }
    return nil
  }
}

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

    package init() {}

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

  func add(bytes: Int) {
    let at = now()
    state.withLock { state in
      state.since = min(state.since ?? at, at)
      let number = Self.number(of: at)
      // A clock that was set back: what lies ahead of it is counted as now.
      if let last = state.quarters.indices.last, state.quarters[last].number >= number {
        state.quarters[last].count.add(bytes)
      } else {
        state.quarters.append((number, Count()))
        state.quarters[state.quarters.count - 1].count.add(bytes)
      }
      state.quarters.removeAll { $0.number < number - Int(Self.day / Self.quarter) }
      state.total.add(bytes)
    }
  }

  private static func number(of date: Date) -> Int {
    let number = (date.timeIntervalSince1970 / quarter).rounded(.down)
    return Int(min(max(number, -1e12), 1e12))
  }

  /// Of the last day.
  package func traffic(of place: String) -> StoreTraffic {
    let at = now()
    return state.withLock { state in
      let recent = Self.recent(state, at)
      var sum = Count()
      for quarter in recent { sum += quarter.count }
      let watched = state.since.map { max(0, at.timeIntervalSince($0)) } ?? 0
      return StoreTraffic(
        place: place, requests: sum.requests, bytes: sum.bytes, seconds: min(watched, Self.day),
        limit: limit, pausedUntil: end(of: recent, sum))
    }
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

  /// Throws `RecoveryError` (refused, `storeLimit`) where a day's limit is reached.
  func permit(_ place: String) throws(RecoveryError) {
    guard limit.isSet else { return }
    if let error = traffic(of: place).refusal { throw error }
  }
}

extension RequestMeter.Count {
  fileprivate mutating func add(_ bytes: Int) {
    requests += 1
    self.bytes += Int64(bytes)
  }
}

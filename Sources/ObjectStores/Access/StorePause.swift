import FoundationEssentials

/// Time, as a client needs it.
package struct StorePause: Sendable {
  package var now: @Sendable () -> Date
  /// Before the next attempt; counts from 1.
  package var wait: @Sendable (Int) async -> Void

  package init(
    now: @escaping @Sendable () -> Date, wait: @escaping @Sendable (Int) async -> Void
  ) {
    self.now = now
    self.wait = wait
  }

  /// Up to 0.4, 0.8, 1.6 seconds; by chance, so that many do not come back at once.
  package static let live = StorePause(now: { Date() }) { attempt in
    let longest = 0.2 * Double(1 << min(attempt, 5))
    try? await Task.sleep(for: .seconds(Double.random(in: 0.05...longest)))
  }
}

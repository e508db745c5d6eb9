import FoundationEssentials

/// Time and chance of a cache, so that tests hold both.
package struct CacheClock: Sendable {
  package var now: @Sendable () -> Date
  /// 0..<1.
  package var random: @Sendable () -> Double
  /// Seconds; throws when cancelled.
  package var sleep: @Sendable (Double) async throws -> Void
  /// Seconds that somebody waits for what a scope is, and for its first lists.
  package var patience = 5.0

  package init(
    now: @escaping @Sendable () -> Date, random: @escaping @Sendable () -> Double,
    sleep: @escaping @Sendable (Double) async throws -> Void
  ) {
    self.now = now
    self.random = random
    self.sleep = sleep
  }

  package static let live = CacheClock(
    now: { Date() }, random: { Double.random(in: 0..<1) },
    sleep: { try await Task.sleep(for: .seconds($0)) })
}

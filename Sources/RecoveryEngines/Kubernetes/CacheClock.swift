import FoundationEssentials

/// Time and chance of a cache, so that tests hold both.
public struct CacheClock: Sendable {
  public var now: @Sendable () -> Date
  /// 0..<1.
  public var random: @Sendable () -> Double
  /// Seconds; throws when cancelled.
  public var sleep: @Sendable (Double) async throws -> Void

  public init(
    now: @escaping @Sendable () -> Date, random: @escaping @Sendable () -> Double,
    sleep: @escaping @Sendable (Double) async throws -> Void
  ) {
    self.now = now
    self.random = random
    self.sleep = sleep
  }

  public static let live = CacheClock(
    now: { Date() }, random: { Double.random(in: 0..<1) },
    sleep: { try await Task.sleep(for: .seconds($0)) })
}

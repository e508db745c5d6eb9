import FoundationEssentials
import Synchronization

/// When a server last answered, whoever asked it what.
package final class LastHeard: Sendable {
  private let now: @Sendable () -> Date
  private let date = Mutex<Date?>(nil)

  init(now: @escaping @Sendable () -> Date) { self.now = now }

  /// nil = not yet.
  package var at: Date? { date.withLock { $0 } }

  func note() {
    let now = now()
    date.withLock { $0 = now }
  }
}

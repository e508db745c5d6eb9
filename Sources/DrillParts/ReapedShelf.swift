import RecoveryModel
import Synchronization

/// Drills that were reaped while another one was prepared, kept for whoever asks next.
package final class ReapedShelf: Sendable {

  package init() {
  }
  private let drills = Mutex<[ReapedDrill]>([])

  package func put(_ reaped: [ReapedDrill]) { drills.withLock { $0 += reaped } }

  package func takeAll() -> [ReapedDrill] {
    drills.withLock {
      let all = $0
      $0 = []
      return all
    }
  }
}

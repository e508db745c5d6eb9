import RecoveryModel
import Synchronization

/// Drills that were reaped while another one was prepared, kept for whoever asks next.
final class ReapedShelf: Sendable {
  private let drills = Mutex<[ReapedDrill]>([])

  func put(_ reaped: [ReapedDrill]) { drills.withLock { $0 += reaped } }

  func takeAll() -> [ReapedDrill] {
    drills.withLock {
      let all = $0
      $0 = []
      return all
    }
  }
}

import CTerminal
import ConsoleUI
import Glibc
import Synchronization

/// Where other threads leave messages for the screen's one thread; never blocks either side.
package final class Mailbox: Sendable {
  /// Readable while messages wait; -1 = the process has no descriptors left.
  package let descriptor: Int32
  private let waiting = Mutex<[Message]>([])

  package init() { descriptor = terminal_event_descriptor() }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// A newer picture takes the place of one that was not fetched yet, so the queue cannot grow.
  package func post(_ message: Message) {
    waiting.withLock { queue in
      if case .snapshotArrived = message {
        queue.removeAll { if case .snapshotArrived = $0 { true } else { false } }
      }
      queue.append(message)
    }
    var one: UInt64 = 1
    _ = write(descriptor, &one, 8)
  }

  /// Everything that waits, oldest first.
  package func drain() -> [Message] {
    var count: UInt64 = 0
    _ = read(descriptor, &count, 8)
    return waiting.withLock { queue in
      defer { queue = [] }
      return queue
    }
  }
}

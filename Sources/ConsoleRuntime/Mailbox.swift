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

  /// A newer picture or progress takes the place of one that was not fetched yet, so the queue cannot grow.
  package func post(_ message: Message) {
    waiting.withLock { queue in
      queue.removeAll(where: message.supersedes)
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

extension Message {
  /// Whoever sees this one need not see the earlier other.
  fileprivate func supersedes(_ other: Message) -> Bool {
    switch (self, other) {
    case (.snapshotArrived, .snapshotArrived): true
    case (.scrubAdvanced(let cluster, _), .scrubAdvanced(let earlier, _)): cluster == earlier
    case (.actSearchAdvanced(let cluster, _), .actSearchAdvanced(let earlier, _)):
      cluster == earlier
    default: false
    }
  }
}

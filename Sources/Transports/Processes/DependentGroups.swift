import Glibc
import Synchronization

/// Process groups that are not to outlive this process. SIGKILL leaves us no last word; whatever else ends us takes
/// them along.
package enum DependentGroups {
  fileprivate struct Table: Sendable {
    var groups: Set<Int32> = []
    /// Programs that are being started: their group is not known yet.
    var starting = 0
  }

  fileprivate static let table = Mutex(Table())
  private static let fatal = [SIGHUP, SIGINT, SIGQUIT, SIGTERM]

  /// Kills them; for the end of the process. Blocks for a moment where one is just being started.
  package static func end() {
    for _ in 0..<200 {
      let isComplete = table.withLock { table in
        for group in table.groups { kill(-group, SIGKILL) }
        return table.starting == 0
      }
      if isComplete { return }
      usleep(5000)
    }
  }

  /// From now on also a signal that ends us takes them along. Signals that are ignored, as `nohup` has it, stay so.
  package static func endWithSignals() {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let reading = ends[0]
    signalPipe.store(ends[1], ordering: .sequentiallyConsistent)
    startDetachedThread {
      var number: UInt8 = 0
      while read(reading, &number, 1) != 1 {}
      end()
      // Then the signal does what it would have done.
      signal(Int32(number), SIG_DFL)
      kill(getpid(), Int32(number))
    }
    for number in fatal where isDefault(number) { signal(number, tell) }
  }

  /// Ends the process, with them. Where a signal has come meanwhile, it is that what ends us: what it did to a program
  /// that we waited for is no result of our own.
  package static func exit(_ status: Int32) -> Never {
    end()
    fflush(nil)
    let number = signalNumber.load(ordering: .sequentiallyConsistent)
    if number != 0 {
      signal(number, SIG_DFL)
      kill(getpid(), number)
    }
    // Not `exit`: its handlers can wait for locks that threads of libpq or OpenSSL still hold.
    _exit(number == 0 ? status : 128 + number)
  }

  private static func isDefault(_ number: Int32) -> Bool {
    var action = sigaction()
    return sigaction(number, nil, &action) == 0 && action.__sigaction_handler.sa_handler == nil
  }
}

/// One program's time in the table: from before it is started until before it is reaped.
final class Dependence: Sendable {
  private enum Phase: Sendable { case starting, ended, group(Int32) }
  private let phase = Mutex(Phase.starting)

  init() { DependentGroups.table.withLock { $0.starting += 1 } }

  func begin(_ group: Int32) { move(to: .group(group)) }

  /// May be called more than once.
  func end() { move(to: .ended) }

  private func move(to next: Phase) {
    phase.withLock { phase in
      DependentGroups.table.withLock { table in
        switch phase {
        case .starting: table.starting -= 1
        case .group(let group): table.groups.remove(group)
        case .ended: break
        }
        if case .group(let group) = next { table.groups.insert(group) }
      }
      phase = next
    }
  }
}

/// -1 until there is a thread that listens.
private let signalPipe = Atomic<Int32>(-1)

/// The latest that would have ended us; 0 = none.
private let signalNumber = Atomic<Int32>(0)

/// Only calls that are safe in a handler.
private func tell(_ number: Int32) {
  let saved = errno
  signalNumber.store(number, ordering: .sequentiallyConsistent)
  var byte = UInt8(truncatingIfNeeded: number)
  _ = write(signalPipe.load(ordering: .sequentiallyConsistent), &byte, 1)
  errno = saved
}

import FoundationEssentials
import Glibc

/// A process of this host, as far as whoever asks may see it.
package struct ProcessSighting: Sendable, Equatable {
  package var pid: Int32
  package var parent: Int32
  /// The kernel's name for it, at most 15 bytes.
  package var name: String
  package var startedAt: Date
  /// A server writes one line of what it is doing over them.
  package var arguments: [String]
  /// Clock ticks for which it has worked so far.
  package var worked: UInt64

  package init(
    pid: Int32, parent: Int32, name: String, startedAt: Date, arguments: [String],
    worked: UInt64 = 0
  ) {
    self.pid = pid
    self.parent = parent
    self.name = name
    self.startedAt = startedAt
    self.arguments = arguments
    self.worked = worked
  }
}

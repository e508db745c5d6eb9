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

  /// Processes of these names; a few microseconds for each process of the host. `root`: where proc(5) is mounted.
  package static func all(named names: Set<String>, root: String = "/proc") -> [ProcessSighting] {
    guard let boot = bootTime(root) else { return [] }
    let ticks = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
    return (LocalFile.entries(root) ?? []).compactMap(Int32.init).compactMap { pid in
      guard let stat = ProcessStat(pid: pid, root: root), names.contains(stat.name),
        stat.state != "Z"
      else { return nil }
      let line = LocalFile.text("\(root)/\(pid)/cmdline") ?? ""
      return ProcessSighting(
        pid: pid, parent: stat.parent, name: stat.name,
        startedAt: Date(timeIntervalSince1970: boot + Double(stat.started) / ticks),
        arguments: line.split(separator: "\0").map(String.init), worked: stat.worked)
    }
  }

  private static func bootTime(_ root: String) -> Double? {
    LocalFile.text("\(root)/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }
      .flatMap { Double($0.dropFirst(6)) }
  }
}

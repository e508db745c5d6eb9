import FoundationEssentials
import Glibc
import LocalFiles
import Synchronization

/// Processes of some names, looked for again and again.
///
/// What has been something else for a while stays it: it is read again only now and then, when its number may have
/// become another's. At rest a look costs one listing of the processes.
package final class ProcessWatch: Sendable {
  private let names: Set<String>
  /// Whether one of these names is worth another look.
  private let isOfUse: @Sendable (ProcessSighting) -> Bool
  private let passedOver = Mutex((numbers: Set<Int32>(), until: Date.distantPast))

  /// Seconds after which a young process has become what it was started for.
  private static let settling = 10.0
  /// Seconds after which everything is read again.
  private static let patience = 30.0

  package init(
    _ names: Set<String>, isOfUse: @escaping @Sendable (ProcessSighting) -> Bool = { _ in true }
  ) {
    self.names = names
    self.isOfUse = isOfUse
  }

  /// Those that run; some microseconds for each that is read. `root`: where proc(5) is mounted.
  package func look(root: String = "/proc", at now: Date) -> [ProcessSighting] {
    let present = (LocalFile.entries(root) ?? []).compactMap { Int32($0) }
    let (numbers, until) = passedOver.withLock { $0 }
    let isDue = now >= until || now < until.addingTimeInterval(-Self.patience)
    let known = isDue ? [] : numbers.intersection(present)
    guard let boot = Self.bootTime(root) else { return [] }
    var others = known
    var found: [ProcessSighting] = []
    for pid in present where !known.contains(pid) {
      guard let stat = ProcessStat(pid: pid, root: root) else { continue }
      let sighting = sighting(pid, stat, boot: boot, root: root)
      if let sighting, isOfUse(sighting) {
        found.append(sighting)
      } else if now.timeIntervalSince1970 - Self.start(stat, boot: boot) > Self.settling {
        others.insert(pid)
      }
    }
    passedOver.withLock {
      $0 = (others, isDue ? now.addingTimeInterval(Self.patience) : until)
    }
    return found
  }

  private func sighting(
    _ pid: Int32, _ stat: ProcessStat, boot: Double, root: String
  ) -> ProcessSighting? {
    guard names.contains(stat.name), stat.state != "Z" else { return nil }
    let line = LocalFile.text("\(root)/\(pid)/cmdline") ?? ""
    return ProcessSighting(
      pid: pid, parent: stat.parent, name: stat.name,
      startedAt: Date(timeIntervalSince1970: Self.start(stat, boot: boot)),
      arguments: line.split(separator: "\0").map(String.init), worked: stat.worked)
  }

  /// Seconds since 1970.
  private static func start(_ stat: ProcessStat, boot: Double) -> Double {
    boot + Double(stat.started) / Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
  }

  private static func bootTime(_ root: String) -> Double? {
    LocalFile.text("\(root)/stat")?.utf8.split(separator: UInt8(ascii: "\n"))
      .first { $0.starts(with: "btime ".utf8) }
      .flatMap { Double(Substring($0.dropFirst(6))) }
  }
}

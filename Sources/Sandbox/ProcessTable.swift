import Glibc
import LocalFiles
import RecoveryModel
import Transports

/// A process as /proc shows it.
struct ProcessEntry: Sendable, Equatable {
  var pid: Int32
  var user: UInt32
  var arguments: [String]
  /// Working directory; nil when it may not be seen.
  var workingDirectory: String?
  /// Ticks since boot when it started: with the pid, its identity.
  var startTime: String
  var hasTerminal: Bool
  var isZombie: Bool

  var name: String { (arguments.first ?? "").split(separator: "/").last.map(String.init) ?? "" }
}

/// The processes of this machine, read from /proc.
enum ProcessTable {
  static func all() -> [ProcessEntry] {
    (FileTree.names("/proc") ?? []).compactMap { Int32($0) }.compactMap(entry)
  }

  /// nil when there is no such process (any more).
  static func entry(_ pid: Int32) -> ProcessEntry? {
    guard let owner = FileTree.entry("/proc/\(pid)"),
      let stat = ProcessStat(pid: pid), let line = try? FileTree.read("/proc/\(pid)/cmdline")
    else { return nil }
    let arguments = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    return ProcessEntry(
      pid: pid, user: owner.user, arguments: arguments,
      workingDirectory: LocalFile.link("/proc/\(pid)/cwd"), startTime: String(stat.started),
      hasTerminal: stat.hasTerminal, isZombie: ["Z", "X"].contains(stat.state))
  }

  /// Sends the signal if that very process still runs; a recycled pid is left alone.
  @discardableResult
  static func signal(_ process: ProcessEntry, _ number: Int32) -> Bool {
    guard process.pid > 1, let now = entry(process.pid), now.startTime == process.startTime,
      now.user == process.user
    else { return false }
    return kill(process.pid, number) == 0
  }

  static func isAlive(_ process: ProcessEntry) -> Bool {
    guard let now = entry(process.pid) else { return false }
    return now.startTime == process.startTime && !now.isZombie
  }
}

/// Which processes belong to one sandbox: told by what they run on, never by a remembered pid alone.
struct SandboxProcesses: Sendable {
  let layout: SandboxLayout
  let account: Account
  let instances: [String]

  /// Postmasters by data directory, drills' too.
  func postmasters() -> [(process: ProcessEntry, dataDirectory: String)] {
    ProcessTable.all().compactMap { process in
      guard !process.isZombie, process.user == account.user,
        process.name == "postgres" || process.name == "postmaster",
        let flag = process.arguments.firstIndex(of: "-D"), flag + 1 < process.arguments.count,
        isInside(process.arguments[flag + 1]) || isData(process.arguments[flag + 1])
      else { return nil }
      return (process, process.arguments[flag + 1])
    }
  }

  func postmaster(_ instance: String) -> ProcessEntry? {
    let directory = layout.dataDirectory(instance)
    return postmasters().first { $0.dataDirectory == directory }?.process
  }

  /// Keepers of this directory. They run as the account, or as root where the program is not readable to it.
  func keepers() -> [ProcessEntry] {
    ProcessTable.all().filter { process in
      guard !process.isZombie, process.pid != getpid() else { return false }
      guard process.user == account.user || process.user == 0 else { return false }
      let words = process.arguments
      guard let place = words.firstIndex(of: "keep"), place > 0, place + 1 < words.count else {
        return false
      }
      return words[place - 1] == "sandbox" && words[place + 1] == layout.directory
    }
  }

  /// Everything of ours but the keepers: servers with their children, drills, pgBackRest on our repository
  /// and what archive commands left. A person's shell that stands in the directory is spared.
  func workers() -> [ProcessEntry] {
    let configuration = "--config=\(layout.backrestConfiguration)"
    return ProcessTable.all().filter { process in
      guard !process.isZombie, process.pid != getpid(), process.user == account.user else {
        return false
      }
      if process.name == "pgbackrest" && process.arguments.contains(configuration) { return true }
      guard !process.hasTerminal, let place = process.workingDirectory else { return false }
      return isData(place) && process.name != "pgvigil"
    }
  }

  private func isInside(_ path: String) -> Bool { path.hasPrefix(layout.directory + "/") }

  private func isData(_ path: String) -> Bool {
    let places = instances.map(layout.dataDirectory) + [layout.drills]
    // A removed directory shows as "… (deleted)".
    return places.contains { path == $0 || path.hasPrefix($0 + "/") || path == $0 + " (deleted)" }
  }
}

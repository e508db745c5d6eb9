import Foundation

/// CPU and memory of a running process, from /proc.
struct ProcessUsage {
  /// Seconds of user and system time, waited-for children included.
  var cpuSeconds: Double
  /// Bytes resident.
  var residentBytes: Double
  /// The most that was ever resident.
  var peakBytes: Double

  /// nil when the process is gone.
  init?(pid: Int32) {
    guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
      let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8),
      let close = stat.lastIndex(of: ")")
    else { return nil }
    // Fields after the command name: state is field 3, utime 14, stime 15, cutime 16, cstime 17 (proc(5)).
    let fields = stat[stat.index(after: close)...].split(separator: " ")
    let ticks = fields[11...14].compactMap { Double($0) }.reduce(0, +)
    cpuSeconds = ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    func bytes(_ key: String) -> Double {
      let line = status.split(separator: "\n").first { $0.hasPrefix(key) }
      return (line?.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? 0) * 1024
    }
    residentBytes = bytes("VmRSS:")
    peakBytes = bytes("VmHWM:")
  }
}

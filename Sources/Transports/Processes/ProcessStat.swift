import LocalFiles

/// A process's line in `/proc/PID/stat` (proc(5)), as far as anybody asks for it here.
package struct ProcessStat: Sendable, Equatable {
  /// The kernel's name for it, at most 15 bytes, which may hold anything.
  package var name: String
  /// `R`, `S`, `Z` …
  package var state: String
  package var parent: Int32
  package var hasTerminal: Bool
  /// Clock ticks since boot: with the number, who it is.
  package var started: UInt64
  /// Clock ticks for which it has worked so far, in the kernel and outside.
  package var worked: UInt64

  package init?(_ text: String) {
    // By bytes: a name may hold anything, and a host has hundreds of them.
    let bytes = text.utf8
    guard let open = bytes.firstIndex(of: UInt8(ascii: "(")),
      let close = bytes.lastIndex(of: UInt8(ascii: ")")), open < close
    else { return nil }
    // Behind the name: state is the 3rd field, ppid the 4th, tty_nr the 7th, utime and stime the
    // 14th and 15th, starttime the 22nd.
    let fields = bytes[bytes.index(after: close)...].split(separator: UInt8(ascii: " "))
      .map { Substring($0) }
    guard fields.count > 19, let parent = Int32(fields[1]), let started = UInt64(fields[19]) else {
      return nil
    }
    name = String(Substring(bytes[bytes.index(after: open)..<close]))
    state = String(fields[0])
    self.parent = parent
    hasTerminal = fields[4] != "0"
    self.started = started
    worked = fields[11...12].compactMap { UInt64($0) }.reduce(0, &+)
  }

  /// nil where there is no such process. `root`: where proc(5) is mounted.
  package init?(pid: Int32, root: String = "/proc") {
    guard let text = LocalFile.text("\(root)/\(pid)/stat") else { return nil }
    self.init(text)
  }
}

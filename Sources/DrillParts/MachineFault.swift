/// What befell a drill on the machine that it ran on. It says nothing of the backup, neither way.
package enum MachineFault: Sendable, Equatable {
  /// No bytes, inodes or quota are left.
  case full
  case memory
  /// Too many open files.
  case files
  case readOnly
  /// This account may not.
  case forbidden
  /// Somebody ended it: the kernel for want of memory, or an operator. nil = without a word of how.
  case killed(signal: Int32?)
  /// Somebody asked it to end.
  case stopped
  /// It does not take a setting or a path that it was given.
  case refused
  /// Its other end, a host or a store, did not answer.
  case unreachable
  /// The program gave up before it could try.
  case tool

  /// What strerror(3) and PostgreSQL say in the C locale of a machine that has run short.
  private static let phrases: [(String, MachineFault)] = [
    ("No space left on device", .full), ("Disk quota exceeded", .full),
    ("Cannot allocate memory", .memory), ("out of memory", .memory),
    ("Too many open files", .files), ("Read-only file system", .readOnly),
  ]

  /// Of a line that tells of a shortage; nil for every other.
  package init?(said line: String) {
    guard let row = Self.phrases.first(where: { line.contains($0.0) }) else { return nil }
    self = row.1
  }

  /// Of an errno(3) that lies with the machine; nil for those that may lie with what was read.
  package init?(errno: Int32) {
    switch errno {
    case 1, 13: self = .forbidden
    case 12: self = .memory
    case 23, 24: self = .files
    case 28, 122: self = .full
    case 30: self = .readOnly
    case 110, 111, 112, 113: self = .unreachable
    default: return nil
    }
  }

  /// Of the signal that ended a program. nil for those that a program brings upon itself (SIGILL, SIGABRT, SIGBUS, SIGFPE,
  /// SIGSEGV): what it read may have been why.
  package init?(signal: Int32) {
    guard signal > 0, signal < 65, ![4, 6, 7, 8, 11].contains(signal) else { return nil }
    self = .killed(signal: signal)
  }

  /// The signal in a shell's exit status; nil where the program ended by itself.
  package static func signal(ofStatus status: Int32) -> Int32? {
    status > 128 && status < 193 ? status - 128 : nil
  }

  /// What happened to `program`, in its own words where it said any, and what to try.
  package func words(_ program: String, said: String?, place: String) -> String {
    let (what, remedy) = account(program, place: place)
    return "\(what)\(said.map { ": \($0)" } ?? ""); nothing is proven of the backup: \(remedy)"
  }

  private func account(_ program: String, place: String) -> (what: String, remedy: String) {
    switch self {
    case .full:
      ("\(place) is full (No space left on device)", "free room there, or set another drill.place")
    case .memory:
      (
        "\(program) got no memory from this machine",
        "drill when it has more to spare, or set a smaller drill.shared_buffers"
      )
    case .files: ("\(program) may not open more files", "raise the limit (ulimit -n)")
    case .readOnly: ("\(place) is read-only", "set another drill.place")
    case .forbidden: ("\(program) lacks a right here", "give this account the right")
    case .killed(let signal):
      (
        "\(program) was ended from outside\(signal.map { " (\(Self.name(of: $0)))" } ?? "")",
        "see whether memory ran out (dmesg) or somebody ended it, then drill again"
      )
    case .stopped: ("somebody asked \(program) to end", "drill again")
    case .refused: ("\(program) does not take its settings", "correct what it names")
    case .unreachable:
      ("\(program) had no answer from the other end", "see that it can be reached from here")
    case .tool: ("\(program) could not do its work here", "deal with what it says")
    }
  }

  private static func name(of signal: Int32) -> String {
    let names: [Int32: String] = [
      1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 9: "SIGKILL", 13: "SIGPIPE", 14: "SIGALRM",
      15: "SIGTERM",
    ]
    return names[signal] ?? "signal \(signal)"
  }
}

import Glibc
import LocalFiles
import RecoveryModel
import Transports

/// What /proc says of other processes.
enum DrillProcesses {
  /// When a process started, in clock ticks since boot: with the number, who it is. nil = there is none.
  static func start(of pid: Int32) -> UInt64? {
    guard let stat = ProcessStat(pid: pid), stat.state != "Z" else { return nil }
    return stat.started
  }

  /// Processes of an account that work in `directory` (its own path, no link), or were told to: a
  /// server's processes stand in its data directory, an archive-get names it in an argument.
  static func working(in directory: String, user: UInt32) -> [Int32] {
    FileText.names(in: "/proc").compactMap(Int32.init).filter { pid in
      var facts = stat()
      guard pid != getpid(), stat("/proc/\(pid)", &facts) == 0, facts.st_uid == user else {
        return false
      }
      if let place = LocalFile.link("/proc/\(pid)/cwd"), place.isInside(directory) { return true }
      guard let program = LocalFile.link("/proc/\(pid)/exe")?.split(separator: "/").last,
        program == "pgbackrest" || program == "postgres",
        let line = FileText.read("/proc/\(pid)/cmdline")
      else { return false }
      return line.split(separator: "\0").contains { argument in
        let value = argument.split(separator: "=", maxSplits: 1).last ?? argument
        return String(value).isInside(directory)
      }
    }
  }
}

/// Small reads that never follow what they should not.
package enum FileText {
  /// The text of a small file (at most 1 MiB); nil when it cannot be read. A symbolic link is refused when
  /// `following` is false.
  package static func read(_ path: String, following: Bool = true) -> String? {
    LocalFile.read(path, flags: O_NONBLOCK | (following ? 0 : O_NOFOLLOW))
      .map { String(decoding: $0, as: UTF8.self) }
  }

  /// Writes a file in one step; false when it could not be (the one before stays).
  static func replace(_ path: String, _ bytes: [UInt8]) -> Bool {
    let draft = path + ".new"
    unlink(draft)
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { return false }
    let written = write(descriptor, bytes, bytes.count) == bytes.count
    close(descriptor)
    guard written, rename(draft, path) == 0 else {
      unlink(draft)
      return false
    }
    return true
  }

  /// Names in a directory, without `.` and `..`; empty when it cannot be listed.
  package static func names(in directory: String) -> [String] {
    LocalFile.entries(directory) ?? []
  }

  /// The path without links and dots; nil when it does not exist.
  package static func resolved(_ path: String) -> String? {
    guard let text = realpath(path, nil) else { return nil }
    defer { free(text) }
    return String(cString: text)
  }

  /// Facts about the path itself, no link followed.
  package static func facts(_ path: String) -> stat? {
    var facts = stat()
    return lstat(path, &facts) == 0 ? facts : nil
  }

  /// `/proc`, `/sys` and their like let root write, and keep nothing.
  package static func isOfKernel(_ path: String) -> Bool {
    guard let real = realpath(path, nil) else { return false }
    defer { free(real) }
    let place = String(cString: real) + "/"
    return place.hasPrefix("/proc/") || place.hasPrefix("/sys/")
  }

  /// Free bytes for an ordinary account; nil when it cannot be told.
  package static func freeBytes(_ path: String) -> Int64? {
    var facts = statvfs()
    guard statvfs(path, &facts) == 0 else { return nil }
    return Int64(facts.f_bavail) * Int64(facts.f_frsize)
  }
}

extension String {
  /// The path is `directory` or lies below it; both without links.
  package func isInside(_ directory: String) -> Bool {
    self == directory || hasPrefix(directory.hasSuffix("/") ? directory : directory + "/")
  }
}

import RecoveryModel

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// This program once more, in a session of its own, so that it outlives the terminal.
enum DetachedProcess {
  /// `POSIX_SPAWN_SETSID` (spawn.h since glibc 2.26); its macro is not visible to Swift.
  private static let newSession: Int16 = 0x80

  /// Starts it with its output appended to `log` (created 0600, its directories 0700). Returns its process id.
  static func start(arguments: [String], log: String) throws -> Int32 {
    let executable = try ownPath()
    makeDirectories(above: log)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(
      &actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, newSession)

    var vector: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) }
    vector.append(nil)
    defer { vector.forEach { free($0) } }
    var pid: pid_t = 0
    let failure = posix_spawn(&pid, executable, &actions, &attributes, vector, environ)
    guard failure == 0 else {
      throw RecoveryError(
        .failed,
        "could not start a background process writing to \(log): \(String(cString: strerror(failure)))",
        remedy: "run it without --no-wait")
    }
    return pid
  }

  /// What cannot be made shows when the log is opened.
  private static func makeDirectories(above file: String) {
    let parts = file.split(separator: "/").dropLast()
    for count in parts.indices.map({ $0 + 1 }) {
      mkdir("/" + parts.prefix(count).joined(separator: "/"), 0o700)
    }
  }

  private static func ownPath() throws -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = readlink("/proc/self/exe", &buffer, buffer.count)
    guard length > 0 else {
      throw RecoveryError(.failed, "cannot find this program's own path in /proc/self/exe")
    }
    return String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

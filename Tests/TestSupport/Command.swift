import Glibc

/// A program run to its end.
///
/// Not Foundation's Process: that learns of the end through a socket that every child inherits, so a server left
/// running by `pg_ctl start` would keep it waiting for ever.
package struct Command {
  package struct Failure: Error, CustomStringConvertible {
    package var description: String
  }

  /// Exit status; 128 + signal when a signal ended it.
  package var status: Int32
  package var output: String
  package var error: String
  package var seconds: Double

  /// Blocks until the program has ended. `environment` is added to ours.
  package static func run(
    _ path: String, _ arguments: [String], environment: [String: String] = [:]
  ) throws -> Command {
    try start(path, arguments, environment: environment).wait()
  }

  /// Starts a program and returns at once.
  package static func start(
    _ path: String, _ arguments: [String], environment: [String: String] = [:]
  ) throws -> Running {
    let running = Running(path: path)
    try running.spawn(arguments, environment: environment)
    return running
  }

  /// A program under way. Its output goes to files, which a server left behind may keep open.
  package final class Running {
    public private(set) var pid: pid_t = 0
    private let path: String
    private let files: [String]
    private let started = PseudoTerminal.now()

    fileprivate init(path: String) {
      self.path = path
      let stem = "/tmp/pgvigil-command-\(getpid())-\(UInt64.random(in: .min ... .max))"
      files = [stem + ".out", stem + ".err"]
    }

    deinit { for file in files { unlink(file) } }

    fileprivate func spawn(_ arguments: [String], environment: [String: String]) throws {
      var actions = posix_spawn_file_actions_t()
      posix_spawn_file_actions_init(&actions)
      defer { posix_spawn_file_actions_destroy(&actions) }
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
      for (index, file) in files.enumerated() {
        posix_spawn_file_actions_addopen(
          &actions, Int32(index + 1), file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
      }
      var attributes = posix_spawnattr_t()
      posix_spawnattr_init(&attributes)
      defer { posix_spawnattr_destroy(&attributes) }
      posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
      var none = sigset_t()
      sigemptyset(&none)
      posix_spawnattr_setsigmask(&attributes, &none)
      var argv = ([path] + arguments).map { strdup($0) } + [nil]
      var envp =
        Self.environment.merging(environment) { $1 }.map { strdup("\($0.key)=\($0.value)") } + [nil]
      defer { for pointer in argv + envp { free(pointer) } }
      let failure = posix_spawn(&pid, path, &actions, &attributes, &argv, &envp)
      guard failure == 0 else {
        throw Failure(description: "cannot start \(path): \(String(cString: strerror(failure)))")
      }
    }

    package func signal(_ number: Int32) { kill(pid, number) }

    package func wait() -> Command {
      var status: Int32 = 0
      while waitpid(pid, &status, 0) < 0, errno == EINTR {}
      let seconds = PseudoTerminal.now() - started
      return Command(
        status: status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F),
        output: Self.text(of: files[0]), error: Self.text(of: files[1]), seconds: seconds)
    }

    private static func text(of file: String) -> String {
      let descriptor = open(file, O_RDONLY)
      guard descriptor >= 0 else { return "" }
      defer { close(descriptor) }
      var bytes: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 65_536)
      while case let count = read(descriptor, &buffer, buffer.count), count > 0 {
        bytes += buffer.prefix(count)
      }
      return String(decoding: bytes, as: UTF8.self)
    }

    private static var environment: [String: String] {
      var found: [String: String] = [:]
      for text in text(of: "/proc/self/environ").split(separator: "\0") {
        guard let equals = text.firstIndex(of: "=") else { continue }
        found[String(text[..<equals])] = String(text[text.index(after: equals)...])
      }
      return found
    }
  }
}

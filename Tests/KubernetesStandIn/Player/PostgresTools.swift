import Glibc
import TestSupport

/// PostgreSQL's programs, run as an account that may run them.
package enum PostgresTools {
  /// nil where no PostgreSQL is installed.
  package static var programs: String? { Binary.postgresBin }

  /// Runs a program of PostgreSQL's to its end, on a thread of its own. Throws with what it said when it fails.
  @discardableResult
  static func run(_ program: String, _ arguments: [String]) async throws -> String {
    let result = try await onThread { try blockingRun(program, arguments) }
    guard result.status == 0 else {
      throw StandInError("\(program): \(result.error)\(result.output)")
    }
    return result.output
  }

  /// How a program ended.
  struct Ended: Sendable {
    var status: Int32
    var output: String
    var error: String

    init(_ command: Command) {
      status = command.status
      output = command.output
      error = command.error
    }
  }

  /// As `run`, on the calling thread, and whatever the exit status.
  static func blockingRun(_ program: String, _ arguments: [String]) throws -> Ended {
    guard let programs else { throw StandInError("PostgreSQL is not installed") }
    let path = program.hasPrefix("/") ? program : "\(programs)/\(program)"
    // Servers refuse to run as root; their clients do not.
    if geteuid() != 0 || program == "psql" { return Ended(try Command.run(path, arguments)) }
    return Ended(
      try Command.run("/usr/sbin/runuser", ["-u", "postgres", "--", path] + arguments))
  }

  static func onThread<Result: Sendable>(
    _ body: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      Thread.start { continuation.resume(with: Swift.Result { try body() }) }
    }
  }

  /// A directory that the servers' account owns.
  static func makeDirectory(_ path: String) throws {
    guard mkdir(path, 0o700) == 0 else { throw StandInError("cannot make \(path)") }
    guard geteuid() == 0, let account = getpwnam("postgres") else { return }
    chown(path, account.pointee.pw_uid, account.pointee.pw_gid)
  }

  /// A port that nobody listens on just now.
  static func freePort() throws -> UInt16 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        bind(descriptor, pointer, length) == 0 && getsockname(descriptor, pointer, &length) == 0
      }
    }
    guard isBound else { throw StandInError("no free port") }
    return UInt16(bigEndian: address.sin_port)
  }
}

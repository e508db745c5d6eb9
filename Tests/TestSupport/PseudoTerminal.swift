import Glibc

/// A terminal of its own for a child process, watched from the other side.
package final class PseudoTerminal {
  package enum Failure: Error {
    case system(String, errno: Int32)
    case timedOut(waitingFor: String, output: String)
  }

  /// How a child ended.
  package enum Ending: Equatable, Sendable {
    case exited(Int32)
    case killed(Int32)
  }

  /// Everything that the child has written so far and `clear` has not forgotten.
  public private(set) var output: [UInt8] = []
  private let controller: Int32
  private let path: String
  /// Keeps the terminal alive between children, so that its modes can be looked at.
  private let terminal: Int32
  /// The child's process id; 0 before its start and after its end.
  public private(set) var child: pid_t = 0
  private var isClosed = false

  /// POSIX_SPAWN_SETSID of spawn.h, which is a GNU extension.
  private static let newSession: Int16 = 0x80

  /// TIOCSPTLCK and TIOCGPTN of Linux's ioctls.h, which the C library's own calls wrap.
  private static let setLock: UInt = 0x4004_5431
  private static let getNumber: UInt = 0x8004_5430

  package init(columns: Int, rows: Int) throws {
    controller = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var locked: Int32 = 0
    var number: UInt32 = 0
    guard controller >= 0, ioctl(controller, Self.setLock, &locked) == 0,
      ioctl(controller, Self.getNumber, &number) == 0
    else { throw Failure.system("/dev/ptmx", errno: errno) }
    path = "/dev/pts/\(number)"
    terminal = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard terminal >= 0 else { throw Failure.system(path, errno: errno) }
    resize(columns: columns, rows: rows)
  }

  deinit {
    kill(SIGKILL)
    if child > 0 { waitpid(child, nil, 0) }
    if !isClosed { close(controller) }
    close(terminal)
  }

  /// Starts a program whose standard streams and controlling terminal this is.
  package func launch(
    _ program: String, arguments: [String] = [], environment: [String: String]
  ) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, path, O_RDWR, 0)
    posix_spawn_file_actions_adddup2(&actions, 0, 1)
    posix_spawn_file_actions_adddup2(&actions, 0, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Self.newSession | Int16(POSIX_SPAWN_SETSIGMASK))
    // Threads that tests run on block signals, and a child would inherit that.
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)

    var argumentPointers: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map {
      strdup($0)
    }
    var environmentPointers: [UnsafeMutablePointer<CChar>?] =
      environment.map { strdup("\($0.key)=\($0.value)") }
    argumentPointers.append(nil)
    environmentPointers.append(nil)
    defer { for pointer in argumentPointers + environmentPointers { free(pointer) } }
    let result = posix_spawn(
      &child, program, &actions, &attributes, argumentPointers, environmentPointers)
    guard result == 0 else { throw Failure.system(program, errno: result) }
  }

  package func resize(columns: Int, rows: Int) {
    var size = winsize()
    size.ws_col = UInt16(clamping: columns)
    size.ws_row = UInt16(clamping: rows)
    _ = ioctl(controller, UInt(TIOCSWINSZ), &size)
  }

  /// As typed on the keyboard.
  package func type(_ text: String) {
    var text = text
    text.withUTF8 { _ = write(controller, $0.baseAddress, $0.count) }
  }

  package func kill(_ signal: Int32) {
    if child > 0 { _ = Glibc.kill(child, signal) }
  }

  /// Reads until the output since the last `clear` contains `text`.
  package func wait(for text: String, seconds: Double = 120) throws {
    let wanted = Array(text.utf8)
    try wait(seconds: seconds, for: text) { $0.contains(wanted) }
  }

  /// Reads until what was written since the last `clear` is such.
  package func wait(
    seconds: Double = 120, for what: String = "output", until isEnough: ([UInt8]) -> Bool
  ) throws {
    let end = Self.now() + seconds
    while !isEnough(output) {
      guard read(until: end) else {
        throw Failure.timedOut(waitingFor: what, output: String(decoding: output, as: UTF8.self))
      }
    }
  }

  /// Reads whatever comes within so many seconds.
  package func watch(seconds: Double) {
    let end = Self.now() + seconds
    while read(until: end) {}
  }

  /// Reads until the child has ended; with `reading` false the line is frozen, and nothing is read any more.
  package func waitForEnd(seconds: Double = 120, reading: Bool = true) throws -> Ending {
    let end = Self.now() + seconds
    while true {
      var status: Int32 = 0
      let result = waitpid(child, &status, WNOHANG)
      if result == child || (result < 0 && errno != EINTR) {
        child = 0
        if reading { watch(seconds: 0) }
        return status & 0x7F == 0 ? .exited(status >> 8 & 0xFF) : .killed(status & 0x7F)
      }
      guard Self.now() < end else {
        throw Failure.timedOut(
          waitingFor: "end", output: String(decoding: output, as: UTF8.self))
      }
      if reading { _ = read(until: min(end, Self.now() + 0.02)) } else { usleep(5000) }
    }
  }

  package func clear() { output = [] }

  /// The line is dropped, as when an SSH connection dies.
  package func hangUp() {
    guard !isClosed else { return }
    isClosed = true
    close(controller)
  }

  /// The terminal's modes in comparable form.
  package func modes() -> [UInt32] {
    var modes = termios()
    guard tcgetattr(terminal, &modes) == 0 else { return [] }
    return [modes.c_iflag, modes.c_oflag, modes.c_cflag, modes.c_lflag]
  }

  /// Reads once what has come, waiting until `end` (see `now`); false when nothing came or nothing can come.
  package func read(until end: Double) -> Bool {
    guard !isClosed else {
      usleep(5000)
      return Self.now() < end
    }
    var source = pollfd(fd: controller, events: Int16(POLLIN), revents: 0)
    let rest = max(0, end - Self.now())
    guard poll(&source, 1, Int32(rest * 1000)) > 0 else { return false }
    var bytes = [UInt8](repeating: 0, count: 65536)
    let count = Glibc.read(controller, &bytes, bytes.count)
    guard count > 0 else { return false }
    output += bytes.prefix(count)
    return true
  }

  /// Monotonic seconds.
  package static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}

extension [UInt8] {
  fileprivate func contains(_ wanted: [UInt8]) -> Bool {
    guard count >= wanted.count else { return false }
    return (0...count - wanted.count).contains { self[$0..<$0 + wanted.count] == wanted[...] }
  }
}

import Glibc

/// A real program on a real pseudo terminal, with an emulator that reads the screen for us.
///
/// Not for sharing between tasks. The program is killed when this is released.
public final class EmulatedTerminal {
  public private(set) var screen: TerminalEmulator
  /// Bytes the program has written so far.
  public private(set) var bytesWritten = 0
  /// The last `historyLimit` bytes, raw: what was left on the terminal after the program ended.
  public private(set) var history: [UInt8] = []
  public let pid: Int32
  private let primary: Int32
  private var exitStatus: Int32?
  private let historyLimit = 65_536
  /// TIOCSPTLCK and TIOCGPTN (asm-generic/ioctls.h); glibc's unlockpt and ptsname hide behind _XOPEN_SOURCE.
  private static let setLock: UInt = 0x4004_5431
  private static let getNumber: UInt = 0x8004_5430

  public struct Failure: Error, CustomStringConvertible {
    public var description: String
  }

  /// Starts `executable` with the terminal as its controlling terminal and all three standard streams.
  public init(
    _ executable: String, _ arguments: [String], environment: [String: String], columns: Int = 80,
    rows: Int = 24
  ) throws {
    screen = TerminalEmulator(columns: columns, rows: rows)
    primary = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var unlocked: Int32 = 0
    var number: Int32 = 0
    guard primary >= 0, ioctl(primary, Self.setLock, &unlocked) == 0,
      ioctl(primary, Self.getNumber, &number) == 0
    else { throw Failure(description: "no pseudo terminal: \(errno)") }
    Self.setSize(primary, columns: columns, rows: rows)
    _ = fcntl(primary, F_SETFL, O_NONBLOCK)
    pid = try Self.spawn(
      executable, arguments, environment: environment, terminal: "/dev/pts/\(number)")
  }

  deinit {
    if exitStatus == nil {
      kill(pid, SIGKILL)
      waitpid(pid, nil, 0)
    }
    close(primary)
  }

  public func send(_ text: String) {
    let bytes = Array(text.utf8)
    _ = bytes.withUnsafeBytes { write(primary, $0.baseAddress, $0.count) }
  }

  public func signal(_ number: Int32) { kill(pid, number) }

  public func resize(columns: Int, rows: Int) {
    screen.resize(columns: columns, rows: rows)
    Self.setSize(primary, columns: columns, rows: rows)
  }

  /// Reads what has been written until nothing came for `quiet` seconds or `limit` seconds are over.
  public func drain(quiet: Double = 0.05, limit: Double = 5) {
    let end = Self.now + limit
    while Self.now < end, read(timeout: min(quiet, end - Self.now)) > 0 {}
  }

  /// Waits until `condition` holds of the screen; false when `limit` seconds passed or the program ended before.
  public func wait(limit: Double = 10, until condition: (TerminalEmulator) -> Bool) -> Bool {
    let end = Self.now + limit
    while true {
      if condition(screen) { return true }
      let left = end - Self.now
      guard left > 0 else { return false }
      if read(timeout: min(left, 0.2)) < 0 { return condition(screen) }
    }
  }

  public func wait(for text: String, limit: Double = 10) -> Bool {
    wait(limit: limit) { $0.text.contains(text) }
  }

  /// Bytes read within `timeout` seconds: 0 = none came, -1 = the terminal's other side is closed.
  @discardableResult
  public func read(timeout: Double) -> Int {
    var descriptor = pollfd(fd: primary, events: Int16(POLLIN), revents: 0)
    guard poll(&descriptor, 1, Int32((timeout * 1000).rounded(.up))) > 0 else { return 0 }
    var buffer = [UInt8](repeating: 0, count: 65_536)
    let count = Glibc.read(primary, &buffer, buffer.count)
    guard count > 0 else { return -1 }
    bytesWritten += count
    history.append(contentsOf: buffer.prefix(count))
    if history.count > historyLimit { history.removeFirst(history.count - historyLimit) }
    screen.feed(buffer.prefix(count))
    return count
  }

  /// Waits for the program's end; 128 + signal when a signal ended it, nil when it did not end in time.
  public func waitForExit(limit: Double = 10) -> Int32? {
    let end = Self.now + limit
    while exitStatus == nil, Self.now < end {
      read(timeout: 0.02)
      var status: Int32 = 0
      if waitpid(pid, &status, WNOHANG) == pid {
        exitStatus = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
      }
    }
    drain(quiet: 0.02, limit: 0.5)
    return exitStatus
  }

  /// The terminal's modes, to compare before and after.
  public var modes: [UInt32] {
    var settings = termios()
    tcgetattr(primary, &settings)
    return [settings.c_iflag, settings.c_oflag, settings.c_cflag, settings.c_lflag]
  }

  public static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  private static func setSize(_ descriptor: Int32, columns: Int, rows: Int) {
    var size = winsize(
      ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(descriptor, UInt(TIOCSWINSZ), &size)
  }

  private static func spawn(
    _ executable: String, _ arguments: [String], environment: [String: String], terminal: String
  ) throws -> Int32 {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // The session leader's first open of a terminal makes it the controlling one.
    posix_spawn_file_actions_addopen(&actions, 0, terminal, O_RDWR, 0)
    posix_spawn_file_actions_adddup2(&actions, 0, 1)
    posix_spawn_file_actions_adddup2(&actions, 0, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // POSIX_SPAWN_SETSID (0x80, GNU) | SETSIGDEF | SETSIGMASK
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, 0x80 | 0x04 | 0x08)
    var argv: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) }
    var envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") }
    argv.append(nil)
    envp.append(nil)
    defer { for pointer in argv + envp { free(pointer) } }
    var pid: Int32 = 0
    let failure = posix_spawn(&pid, executable, &actions, &attributes, argv, envp)
    guard failure == 0 else {
      throw Failure(
        description: "cannot start \(executable): \(String(cString: strerror(failure)))")
    }
    return pid
  }
}

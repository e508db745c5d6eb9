import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// For how long what is written may wait for its reader: for ever, but once the program is asked to end, only a
/// moment more.
package final class OutputPatience: Sendable {
  /// Milliseconds of the monotonic clock.
  private let end = Atomic<Int64>(.max)

  /// What a reader gets who is only slow; milliseconds.
  static let lastMoment: Int64 = 800

  package init() {}

  /// The program is asked to end; the first time counts.
  func run(out after: Int64 = lastMoment) {
    _ = end.compareExchange(
      expected: .max, desired: Self.now + after, ordering: .sequentiallyConsistent)
  }

  var isOver: Bool { Self.now >= end.load(ordering: .sequentiallyConsistent) }

  private static var now: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}

/// A stream whose reader may stand still, as a terminal after ^S, a frozen connection or a full pipe.
final class PatientStream: Sendable {
  private let given: Int32
  private let patience: OutputPatience
  /// 0 = not opened yet.
  private let opened = Mutex<Int32>(0)

  /// Milliseconds between two looks at whether the program is to end.
  private static let pause: Int32 = 50
  /// What a stream takes at once that could not be opened anew, and may then wait in the middle of.
  private static let piece = 512

  init(_ descriptor: Int32, patience: OutputPatience) {
    given = descriptor
    self.patience = patience
  }

  deinit {
    let own = opened.withLock { $0 }
    if own > 0, own != given { close(own) }
  }

  /// Writes all of it, or says what hindered it: ETIMEDOUT where the program was to end and nobody read.
  func write(_ text: String) -> WriteFailure? {
    let descriptor = descriptor()
    var text = text
    return text.withUTF8 { bytes in
      var offset = 0
      while offset < bytes.count, let base = bytes.baseAddress {
        guard waitForRoom(descriptor) else {
          return WriteFailure(code: ETIMEDOUT, written: offset, total: bytes.count)
        }
        let rest = bytes.count - offset
        let count = Self.write(
          descriptor, base + offset, descriptor == given ? min(rest, Self.piece) : rest)
        if count >= 0 {
          offset += count
        } else if errno != EINTR, errno != EAGAIN {
          return WriteFailure(code: errno, written: offset, total: bytes.count)
        }
      }
      return nil
    }
  }

  /// False when it stands still and the program is to end.
  private func waitForRoom(_ descriptor: Int32) -> Bool {
    // poll passes over what is no descriptor; the write says so.
    guard descriptor >= 0 else { return true }
    while true {
      var stream = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      if poll(&stream, 1, Self.pause) > 0 { return true }
      if patience.isOver { return false }
    }
  }

  /// The same terminal or pipe, opened for ourselves so that it never makes a write wait: who shares the given
  /// one with us would not expect that of theirs.
  private func descriptor() -> Int32 {
    opened.withLock { own in
      guard own == 0 else { return own }
      own = given
      var kind = stat()
      guard fstat(given, &kind) == 0,
        isatty(given) == 1 || kind.st_mode & S_IFMT == S_IFIFO
      else { return own }
      let again = open("/proc/self/fd/\(given)", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
      if again > 0 { own = again }
      return own
    }
  }

  private static func write(_ descriptor: Int32, _ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int
  {
    #if canImport(Glibc)
      Glibc.write(descriptor, bytes, count)
    #else
      Musl.write(descriptor, bytes, count)
    #endif
  }
}

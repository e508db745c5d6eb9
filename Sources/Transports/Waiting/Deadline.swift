import Glibc

/// A moment on the monotonic clock (a wall clock that jumps moves no deadline).
package struct Deadline: Sendable {
  private let nanoseconds: UInt64

  /// `seconds` from now.
  package init(seconds: Double) {
    nanoseconds = Self.now() + UInt64(max(0, min(seconds, 1e9)) * 1e9)
  }

  /// Seconds left; 0 when it has passed.
  package var remaining: Double {
    let now = Self.now()
    return nanoseconds > now ? Double(nanoseconds - now) / 1e9 : 0
  }

  package var passed: Bool { remaining == 0 }

  private static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}

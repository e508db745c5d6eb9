import Glibc

/// Descriptors 0, 1 and 2.
enum StandardStreams {
  /// Takes those that the caller has closed (`>&-`), so that no socket gets their number and an answer ends up in it.
  /// They are opened for the other direction: writing to them fails as it would have.
  static func occupy() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }
}

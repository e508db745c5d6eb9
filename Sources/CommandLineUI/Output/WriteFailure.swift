import RecoveryModel
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// An answer that did not reach standard output whole.
package struct WriteFailure: Error, Sendable, Equatable {
  /// `errno` of the write.
  package var code: Int32
  /// Bytes.
  package var written: Int
  package var total: Int

  package init(code: Int32, written: Int, total: Int) {
    self.code = code
    self.written = written
    self.total = total
  }

  /// The reader has gone, as `head` does once it has enough: no fault, and nothing to say.
  package var isReaderGone: Bool { code == EPIPE }

  /// `status` is what the command would have ended with.
  func explanation(insteadOf status: ExitStatus) -> RecoveryError {
    RecoveryError(
      .failed,
      "only \(written) of \(total) bytes of the answer could be written to standard output: "
        + String(cString: strerror(code)),
      remedy: status == .good
        ? "make room or write elsewhere; the command itself had come to a good end (0)"
        : "make room or write elsewhere; the exit status \(status.rawValue) is the command's own")
  }
}

/// Remembers the first answer that could not be written; what comes after it would be a fragment.
final class AnswerDelivery: Sendable {
  private let first = Mutex<WriteFailure?>(nil)

  var failure: WriteFailure? { first.withLock { $0 } }

  func deliver(_ write: () -> WriteFailure?) {
    guard failure == nil, let failure = write() else { return }
    first.withLock { $0 = $0 ?? failure }
  }
}

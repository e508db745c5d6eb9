import RecoveryModel
import Synchronization
import TextScreen

/// One line on standard error that is rewritten in place; silent where that is not a terminal.
final class ProgressLine: Sendable {
  private let output: Output
  private let shown = Mutex("")

  init(_ output: Output) { self.output = output }

  func show(_ operation: RunningOperation) { show(Self.text(operation)) }

  func show(_ text: String) {
    guard output.showsProgress else { return }
    shown.withLock { last in
      guard text != last else { return }
      last = text
      output.writeDiagnostic(
        "\r\u{1B}[K" + text.truncated(toColumns: TextLayout.width - 1, ellipsis: ""))
    }
  }

  /// Clears the line, so that what follows starts at the left edge.
  func finish() {
    shown.withLock { last in
      if !last.isEmpty { output.writeDiagnostic("\r\u{1B}[K") }
      last = ""
    }
  }

  /// `auth-db drill: restoring 42 % (1.2 GiB of 2.9 GiB)`.
  static func text(_ operation: RunningOperation) -> String {
    var text = "\(operation.plan.cluster) \(operation.plan.request.kind.rawValue): "
    text += operation.cancelling ? "cancelling" : operation.drillState?.words ?? operation.step
    if let fraction = operation.fraction { text += " \(Format.percent(fraction))" }
    if let done = operation.bytesDone {
      text += " (\(Format.bytes(done))"
      if let total = operation.bytesTotal { text += " of \(Format.bytes(total))" }
      text += ")"
    }
    return Sanitizer.clean(text)
  }
}

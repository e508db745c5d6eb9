import FoundationEssentials
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// How a command's answer is written.
public enum OutputFormat: String, Sendable, CaseIterable { case text, json }

/// What a command answers, in every format.
protocol Report: Encodable {
  /// At most 80 columns where its content allows; ends without a newline.
  func text(_ style: TextStyle) -> String
}

/// The one place that writes: answers to standard output, everything else to standard error.
public struct Output: Sendable {
  public var format: OutputFormat
  public var style: TextStyle
  /// Standard error is a terminal: progress may be rewritten in place.
  public var showsProgress: Bool
  var writeAnswer: @Sendable (String) -> Void
  var writeDiagnostic: @Sendable (String) -> Void

  public init(
    format: OutputFormat, style: TextStyle = .plain, showsProgress: Bool = false,
    writeAnswer: @escaping @Sendable (String) -> Void,
    writeDiagnostic: @escaping @Sendable (String) -> Void
  ) {
    self.format = format
    self.style = style
    self.showsProgress = showsProgress
    self.writeAnswer = writeAnswer
    self.writeDiagnostic = writeDiagnostic
  }

  /// The process's own streams; colour only on a terminal that wants it.
  public static func standard(
    format: OutputFormat, environment: [String: String]
  ) -> Output {
    let dumb = environment["TERM", default: "dumb"] == "dumb"
    let monochrome = dumb || environment["NO_COLOR"].map { !$0.isEmpty } ?? false
    return Output(
      format: format,
      style: isatty(STDOUT_FILENO) == 1 && !monochrome ? .coloured : .plain,
      showsProgress: isatty(STDERR_FILENO) == 1 && !dumb,
      writeAnswer: { write($0, to: STDOUT_FILENO) },
      writeDiagnostic: { write($0, to: STDERR_FILENO) })
  }

  /// Writes the one answer of a command.
  func emit(_ report: some Report) throws {
    switch format {
    case .text: writeAnswer(report.text(style) + "\n")
    case .json: writeAnswer(try Self.json(report) + "\n")
    }
  }

  /// A line on standard error.
  func diagnostic(_ line: String) { writeDiagnostic(line + "\n") }

  /// Text as it is (help, completions, an example), on standard output.
  func raw(_ text: String) { writeAnswer(text) }

  /// Sorted keys, RFC 3339 times: the same document for the same facts.
  static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// Writes all of it; gives up when the reader is gone.
  private static func write(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { bytes in
      var offset = 0
      while offset < bytes.count, let base = bytes.baseAddress {
        #if canImport(Glibc)
          let count = Glibc.write(descriptor, base + offset, bytes.count - offset)
        #else
          let count = Musl.write(descriptor, base + offset, bytes.count - offset)
        #endif
        if count < 0, errno == EINTR || errno == EAGAIN { continue }
        guard count > 0 else { return }
        offset += count
      }
    }
  }
}

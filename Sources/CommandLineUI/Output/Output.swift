import FoundationEssentials
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// How a command's answer is written.
package enum OutputFormat: String, Sendable, CaseIterable { case text, json }

/// What a command answers, in every format.
protocol Report: Encodable {
  /// At most 80 columns where its content allows; ends without a newline.
  func text(_ style: TextStyle) -> String
}

/// The one place that writes: answers to standard output, everything else to standard error.
package struct Output: Sendable {
  package var format: OutputFormat
  package var style: TextStyle
  /// Standard error is a terminal: progress may be rewritten in place.
  package var showsProgress: Bool
  /// The failure that kept some of the text from being written; nil = all of it was.
  private let writeAnswer: @Sendable (String) -> WriteFailure?
  var writeDiagnostic: @Sendable (String) -> Void
  private let delivery = AnswerDelivery()
  /// Ends with the first signal that asks the program to end.
  let patience: OutputPatience

  /// What kept an answer from reaching its reader; nil = all that was answered has been written.
  var failure: WriteFailure? { delivery.failure }

  package init(
    format: OutputFormat, style: TextStyle = .plain, showsProgress: Bool = false,
    patience: OutputPatience = OutputPatience(),
    writeAnswer: @escaping @Sendable (String) -> WriteFailure?,
    writeDiagnostic: @escaping @Sendable (String) -> Void
  ) {
    self.format = format
    self.style = style
    self.showsProgress = showsProgress
    self.patience = patience
    self.writeAnswer = writeAnswer
    self.writeDiagnostic = writeDiagnostic
  }

  /// The process's own streams; colour only on a terminal that wants it.
  package static func standard(
    format: OutputFormat, environment: [String: String]
  ) -> Output {
    let dumb = environment["TERM", default: "dumb"] == "dumb"
    let monochrome = dumb || environment["NO_COLOR"].map { !$0.isEmpty } ?? false
    let patience = OutputPatience()
    let answers = PatientStream(STDOUT_FILENO, patience: patience)
    let diagnostics = PatientStream(STDERR_FILENO, patience: patience)
    return Output(
      format: format,
      style: isatty(STDOUT_FILENO) == 1 && !monochrome ? .coloured : .plain,
      showsProgress: isatty(STDERR_FILENO) == 1 && !dumb,
      patience: patience,
      writeAnswer: { answers.write($0) },
      // Nobody is left to tell that nobody can be told.
      writeDiagnostic: { _ = diagnostics.write($0) })
  }

  /// Writes the one answer of a command.
  func emit(_ report: some Report) throws {
    switch format {
    case .text: raw(report.text(style) + "\n")
    case .json: raw(try Self.json(report) + "\n")
    }
  }

  /// A line on standard error.
  func diagnostic(_ line: String) { writeDiagnostic(line + "\n") }

  /// Text as it is (help, completions, an example), on standard output. What cannot be written is no reason to stop
  /// in the middle of an operation: the end of the command looks at `failure`.
  func raw(_ text: String) { delivery.deliver { writeAnswer(text) } }

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
}

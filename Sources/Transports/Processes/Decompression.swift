import RecoveryModel

/// Undoes a compression by the program that everybody has for it, where there is one.
package struct Decompression: Sendable {
  /// As Barman and pgBackRest can compress.
  package enum Format: String, Sendable, CaseIterable {
    case gzip, bzip2, xz, zstd, lz4, snappy
  }

  /// What came of it.
  package enum Ending: Sendable, Equatable {
    case whole
    /// The bytes are not what such a program made: its own words.
    case damaged(String)
    /// Nothing can be said of the bytes, and why.
    case unread(String)
  }

  private let filter: ByteFilter

  package init(filter: ByteFilter = .live) { self.filter = filter }

  /// Seconds: of a base backup's largest object.
  private static let deadline = 7 * 86_400.0

  /// `take` gets what comes out as it comes and tells whether more is wanted. Throws what `next` throws.
  package func run(
    _ format: Format, next: @escaping ByteFilter.Source, take: @escaping ByteFilter.Sink
  ) async throws -> Ending {
    guard let program = Self.program(format) else { return try await unframed(next, take) }
    do {
      let result = try await filter.run(
        ProcessRequest(program.path, program.arguments, deadline: Self.deadline), next, take)
      return Self.ending(result, of: program)
    } catch let error as RecoveryError where error.code == .unreachable {
      return .unread("\(program.path) is not installed here: apt-get install \(program.package)")
    }
  }

  private func unframed(
    _ next: ByteFilter.Source, _ take: ByteFilter.Sink
  ) async throws -> Ending {
    var frames = SnappyFrames()
    while frames.fault == nil, let piece = try await next() {
      guard take(frames.take(piece)) else { return .whole }
    }
    frames.finish()
    return frames.fault.map { .damaged($0) } ?? .whole
  }

  /// The program of a format, for what runs it itself; nil where there is none.
  package static func executable(_ format: Format) -> String? { program(format)?.path }

  private static func ending(_ result: ProcessResult, of program: Program) -> Ending {
    let words = result.error.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
    let said = Sanitizer.clean(words, limit: 160)
    switch result.status {
    case 0: return .whole
    case _ where said.contains("allocate memory") || said.contains("MemoryError"), 126...:
      return .unread(
        "\(program.path) could not run: \(said.isEmpty ? "status \(result.status)" : said)")
    default:
      return .damaged(said.isEmpty ? "\(program.path) cannot read it" : said)
    }
  }

  private struct Program {
    var path: String
    var arguments: [String]
    /// Of Debian.
    var package: String
  }

  /// nil where it is undone here.
  private static func program(_ format: Format) -> Program? {
    switch format {
    case .gzip: Program(path: "gzip", arguments: ["-dc"], package: "gzip")
    case .bzip2: Program(path: "bzip2", arguments: ["-dc"], package: "bzip2")
    case .xz: Program(path: "xz", arguments: ["-dc"], package: "xz-utils")
    case .zstd: Program(path: "zstd", arguments: ["-dcq", "-"], package: "zstd")
    case .lz4: Program(path: "lz4", arguments: ["-dcq", "-"], package: "lz4")
    case .snappy: nil
    }
  }
}

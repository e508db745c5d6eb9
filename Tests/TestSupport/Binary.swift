import Glibc

/// The real program, as built beside the tests, and what it needs installed.
package enum Binary {
  /// `.build/<configuration>/pgvigil`, found beside the running test bundle.
  package static var pgvigil: String { built("pgvigil") }

  /// A program of this package, as built beside the running test bundle.
  package static func built(_ name: String) -> String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let length = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    let path = String(
      decoding: buffer.prefix(max(0, length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let directory = path.split(separator: "/").dropLast().joined(separator: "/")
    return "/\(directory)/\(name)"
  }

  /// For a program that is started without our environment: its reports go where ours go. Empty without the thread
  /// sanitizer.
  package static var sanitizerOptions: [String: String] {
    getenv("TSAN_OPTIONS").map { ["TSAN_OPTIONS": String(cString: $0)] } ?? [:]
  }

  /// PostgreSQL's server programs and pgBackRest are installed; always true in CI, so that nothing is skipped there.
  package static var serversAreInstalled: Bool {
    if getenv("CI") != nil { return true }
    return access("/usr/bin/pgbackrest", X_OK) == 0 && postgresBin != nil
  }

  /// kubectl on PATH; always true in CI, so that nothing is skipped there.
  package static var kubectlIsInstalled: Bool { getenv("CI") != nil || kubectl != nil }

  /// The path of kubectl; nil where none is on PATH.
  package static var kubectl: String? {
    let path = getenv("PATH").map { String(cString: $0) } ?? ""
    return (path.split(separator: ":") + ["/usr/bin", "/usr/local/bin"]).map { $0 + "/kubectl" }
      .first { access($0, X_OK) == 0 }
  }

  /// The newest `/usr/lib/postgresql/<major>/bin`.
  package static var postgresBin: String? {
    (13...18).reversed().map { "/usr/lib/postgresql/\($0)/bin" }
      .first { access($0 + "/initdb", X_OK) == 0 }
  }
}

import Glibc

/// The real program, as built beside the tests, and what it needs installed.
public enum Binary {
  /// `.build/<configuration>/pgvigil`, found beside the running test bundle.
  public static var pgvigil: String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let length = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    let path = String(
      decoding: buffer.prefix(max(0, length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let directory = path.split(separator: "/").dropLast().joined(separator: "/")
    return "/\(directory)/pgvigil"
  }

  /// PostgreSQL's server programs and pgBackRest are installed; always true in CI, so that nothing is skipped there.
  public static var serversAreInstalled: Bool {
    if getenv("CI") != nil { return true }
    return access("/usr/bin/pgbackrest", X_OK) == 0 && postgresBin != nil
  }

  /// The newest `/usr/lib/postgresql/<major>/bin`.
  public static var postgresBin: String? {
    (13...18).reversed().map { "/usr/lib/postgresql/\($0)/bin" }
      .first { access($0 + "/initdb", X_OK) == 0 }
  }
}

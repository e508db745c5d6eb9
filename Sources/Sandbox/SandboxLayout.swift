import Glibc
import RecoveryModel
import Transports

/// Where everything of one sandbox lies. The directory is absolute with its symbolic links resolved, because
/// the working directories in /proc, by which processes are told to be ours, are too.
package struct SandboxLayout: Sendable, Equatable {
  package static let cluster = "auth-db"
  package static let database = "keycloak"
  package static let owner = "keycloak"
  package static let superuser = "postgres"
  package static let monitor = "pgvigil"
  static let firstPort = 6001
  /// `sun_path` holds 107 bytes and a terminator; `/.s.PGSQL.NNNN` takes 14 of them.
  static let longestSocketDirectory = 93

  package let directory: String
  /// By instance, where one keeps its data that a recovery has taken the place of.
  var moved: [String: String] = [:]

  /// Throws `RecoveryError.invalid` for a path that cannot be made or quoted everywhere it must be.
  init(directory: String) throws {
    guard !directory.isEmpty else {
      throw RecoveryError(.invalid, "the sandbox needs a directory", remedy: "give one with --dir")
    }
    try Self.checkCharacters(directory)
    self.directory = try Self.resolve(directory)
    guard self.directory != "/" else {
      throw RecoveryError(.invalid, "/ cannot be a sandbox", remedy: "give a directory of its own")
    }
  }

  package var parent: String { Self.split(directory).parent }
  package var repository: String { "\(directory)/repository" }
  package var log: String { "\(directory)/log" }
  package var lock: String { "\(directory)/lock" }
  package var spool: String { "\(directory)/spool" }
  package var drills: String { "\(directory)/drills" }
  package var marker: String { "\(directory)/.pgvigil-sandbox" }
  var backrestConfiguration: String { "\(directory)/pgbackrest.conf" }
  package var configuration: String { "\(directory)/config.yaml" }
  package var ledger: String { "\(directory)/ledger.jsonl" }

  /// `D/run` where that leaves room for a socket's name, else a short directory named after D.
  package var socketDirectory: String {
    let plain = "\(directory)/run"
    // libpq reads a comma as the next host and a leading @ as an abstract socket.
    if plain.utf8.count <= Self.longestSocketDirectory, !plain.contains(",") { return plain }
    return "/tmp/pgvigil-\(Self.hash(directory))"
  }

  func dataDirectory(_ instance: String) -> String {
    moved[instance] ?? "\(directory)/\(instance)"
  }

  /// The same with each server's data where pgBackRest is told that they are.
  func asConfigured(_ instances: [String]) -> SandboxLayout {
    var layout = self
    layout.moved = [:]
    for line in FileTree.text(backrestConfiguration).split(separator: "\n") {
      let parts = line.split(separator: "=", maxSplits: 1).map(\.trimmed)
      guard parts.count == 2, parts[1].hasPrefix("/") else { continue }
      for (index, name) in instances.enumerated() where parts[0] == "pg\(index + 1)-path" {
        if parts[1] != layout.dataDirectory(name) { layout.moved[name] = parts[1] }
      }
    }
    return layout
  }

  package static func parent(of path: String) -> String { split(path).parent }

  package static func instances(standbys: Int) -> [String] {
    ["primary"] + (0..<max(0, standbys)).map { "standby-\($0 + 1)" }
  }

  package static func port(_ index: Int) -> Int { firstPort + index }

  /// A replication slot's name: letters, digits and underscores only.
  package static func slot(_ instance: String) -> String {
    String(instance.map { $0 == "-" ? "_" : $0 })
  }

  /// The path goes into SQL settings, shell commands of the server, INI and YAML: refuse what any one of them
  /// would read as more than a name.
  private static func checkCharacters(_ path: String) throws {
    for scalar in path.unicodeScalars {
      if scalar.value < 32 || scalar.value == 127 || "'\"`\\$%".unicodeScalars.contains(scalar) {
        throw RecoveryError(
          .invalid, "the sandbox's path contains a character that cannot be quoted safely",
          remedy: "use a directory without quotes, backslashes, $, % and control characters")
      }
    }
    if path.last == " " || path.first == " " {
      throw RecoveryError(
        .invalid, "the sandbox's path begins or ends with a space", remedy: "name it without")
    }
  }

  private static func resolve(_ path: String) throws -> String {
    if let resolved = realPath(path) { return resolved }
    var trimmed = path
    while trimmed.count > 1, trimmed.last == "/" { trimmed.removeLast() }
    let (parent, name) = split(trimmed)
    guard name != ".", name != "..", !name.isEmpty else {
      throw RecoveryError(.invalid, "\(path) names no directory", remedy: "give a new directory")
    }
    guard let folder = realPath(parent) else {
      throw RecoveryError(
        .invalid, "\(parent) does not exist or cannot be entered", remedy: "create it first")
    }
    return folder == "/" ? "/\(name)" : "\(folder)/\(name)"
  }

  private static func split(_ path: String) -> (parent: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let parent = String(path[..<slash])
    return (parent.isEmpty ? "/" : parent, String(path[path.index(after: slash)...]))
  }

  private static func realPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// Sixteen digits, the same for the same text in each run.
  private static func hash(_ text: String) -> String {
    let digits = String(FNV1a.hash(text.utf8), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

import FoundationEssentials
import Glibc

/// Where pgvigil keeps its files, by the XDG base directory rules: relative values count as unset.
package struct Paths: Sendable, Equatable {
  /// `$XDG_CONFIG_HOME/pgvigil`.
  package var configurationDirectory: String
  /// `$XDG_STATE_HOME/pgvigil`, made 0700 when first written to.
  package var stateDirectory: String

  package init(configurationDirectory: String, stateDirectory: String) {
    self.configurationDirectory = configurationDirectory
    self.stateDirectory = stateDirectory
  }

  /// From the process's environment; without HOME the account's own home is used.
  package init(environment: [String: String]) {
    let home = Paths.absolute(environment["HOME"]) ?? Paths.accountHome()
    let configuration = Paths.absolute(environment["XDG_CONFIG_HOME"]) ?? home + "/.config"
    let state = Paths.absolute(environment["XDG_STATE_HOME"]) ?? home + "/.local/state"
    self.init(
      configurationDirectory: configuration + "/pgvigil", stateDirectory: state + "/pgvigil")
  }

  package var configurationFile: String { configurationDirectory + "/config.yaml" }
  package var auditFile: String { stateDirectory + "/audit.jsonl" }
  package var logFile: String { stateDirectory + "/pgvigil.log" }

  /// A cluster's drills, where its configuration names no shared place. Names of clusters that were found hold
  /// slashes; `+` stands in no name.
  package func ledgerFile(cluster: String) -> String {
    stateDirectory + "/ledger/\(Self.fileName(cluster)).jsonl"
  }

  /// What was read of its contents, likewise.
  package func scrubFile(cluster: String) -> String {
    stateDirectory + "/scrub/\(Self.fileName(cluster)).jsonl"
  }

  /// What is kept of it between looks, likewise.
  package func notesFile(cluster: String) -> String {
    stateDirectory + "/notes/\(Self.fileName(cluster)).json"
  }

  private static func fileName(_ cluster: String) -> String {
    cluster.split(separator: "/", omittingEmptySubsequences: false).joined(separator: "+")
  }

  private static func absolute(_ path: String?) -> String? {
    guard var path, path.hasPrefix("/") else { return nil }
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path == "/" ? "" : path
  }

  private static func accountHome() -> String {
    guard let entry = getpwuid(geteuid()), let directory = entry.pointee.pw_dir else { return "" }
    return absolute(String(cString: directory)) ?? ""
  }
}

import LocalFiles
import RecoveryModel
import Transports

/// Where pgBackRest's options come from, found as it finds them itself (its `cfgFileLoad`): a file and a directory of
/// `*.conf`, each given or in its default place, and `PGBACKREST_*` variables.
package struct OptionSources: Sendable, Equatable {
  /// What every call begins with, so that the tool reads the same as we do.
  var arguments: [String] = []
  /// `pgbackrest.conf`; nil = none of the default places has one.
  var file: String?
  /// Directory whose `*.conf` are read too; nil = none is.
  var directory: String?
  /// Variables that its processes get beside those that we have: what the cluster declares.
  var declared: [String: Secret] = [:]
  /// All of its variables, the declared ones first.
  var environment: [String: Secret] = [:]

  fileprivate static let usual = "/etc/pgbackrest"
  /// Its only place up to 2.0, and Debian's still.
  private static let former = "/etc/pgbackrest.conf"

  fileprivate static func standing(base: String) -> String? {
    let places = ["\(base)/pgbackrest.conf"] + (base == usual ? [former] : [])
    return places.first { LocalFile.stamp($0) != nil }
  }

  fileprivate static func beside(_ config: String) -> String? {
    guard let slash = config.lastIndex(of: "/") else { return nil }
    let directory = config[..<slash] + "/conf.d"
    return configurationFiles(in: String(directory)).isEmpty ? nil : String(directory)
  }

  private static func configurationFiles(in directory: String) -> [String] {
    (LocalFile.names(directory) ?? []).filter { $0.hasSuffix(".conf") && $0 != ".conf" }
      .map { "\(directory)/\($0)" }
  }

  /// In the order in which they are read.
  private var files: [String] {
    [file].compactMap { $0 } + (directory.map(Self.configurationFiles) ?? [])
  }

  /// The file that sets an option; nil = none that can be read.
  func naming(_ option: String) -> String? {
    return files.first { file in
      (LocalFile.text(file) ?? "").split(separator: "\n").contains { line in
        line.split(separator: "=").first.map(\.trimmed) == option
      }
    }
  }

  /// The options as they are now, and what of the files cannot be read by us.
  func read() -> (options: PgBackRestConfiguration, unread: [String]) {
    var texts: [String] = []
    var unread: [String] = []
    for file in files {
      if let text = LocalFile.text(file) { texts.append(text) } else { unread.append(file) }
    }
    if let directory, LocalFile.names(directory) == nil { unread.append(directory) }
    let options = PgBackRestConfiguration(
      text: texts.joined(separator: "\n"), environment: environment.mapValues(\.revealed))
    return (options, unread)
  }

  /// `/etc/pgbackrest/pgbackrest.conf, /etc/pgbackrest/conf.d and 2 PGBACKREST_ variables`.
  var words: String {
    var places = [file ?? (directory == nil ? "no pgbackrest.conf" : nil), directory].compactMap {
      $0
    }
    if !environment.isEmpty {
      let count = environment.count
      places.append("\(count) PGBACKREST_ variable\(count == 1 ? "" : "s")")
    }
    guard places.count > 1, let last = places.last else { return places.first ?? "" }
    return places.dropLast().joined(separator: ", ") + " and " + last
  }
}

extension OptionSources {
  /// `inherited`: our own environment.
  init(settings: PgBackRestSettings, inherited: [String: String] = ChildEnvironment.own) {
    declared = settings.environment
    let own = inherited.filter { $0.key.hasPrefix(OptionNames.variablePrefix) }
    environment = own.mapValues { Secret($0) }.merging(declared) { _, new in new }
    func variable(_ name: String) -> String? {
      environment[OptionNames.variablePrefix + name]?.revealed
    }
    if let config = settings.config { arguments.append("--config=\(config)") }
    let base = variable("CONFIG_PATH") ?? Self.usual
    file = settings.config ?? variable("CONFIG") ?? Self.standing(base: base)
    if let given = settings.configIncludePath {
      arguments.append("--config-include-path=\(given)")
      directory = given
    } else if let given = variable("CONFIG_INCLUDE_PATH") {
      directory = given
    } else if let config = settings.config {
      // Given the file alone the tool leaves out what lies beside it; people mean both.
      directory = Self.beside(config)
      if let directory { arguments.append("--config-include-path=\(directory)") }
    } else if variable("CONFIG") == nil || variable("CONFIG_PATH") != nil {
      directory = LocalFile.stamp(base + "/conf.d").map { _ in base + "/conf.d" }
    }
  }
}

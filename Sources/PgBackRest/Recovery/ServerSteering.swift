import LocalFiles
import RecoveryModel

/// Who starts and stops production's servers: whoever restores over one has to ask him first.
struct ServerSteering: Sendable, Equatable {
  enum Kind: Sendable, Equatable {
    /// Nobody beside the system's own service.
    case none
    /// `config` nil = no one file is named; `scope` nil = it could not be read.
    case patroni(config: String?, scope: String?)
    case autoFailover
    case unknown(String)
  }

  var kind: Kind
  /// What it was seen by.
  var source: String

  /// Looks for what both leave in the data directory that they keep. `etc` = where Patroni's configuration lies.
  static func find(dataDirectory: String?, etc: String = "/etc") -> ServerSteering {
    guard let dataDirectory else {
      return ServerSteering(
        kind: .unknown("the configuration names no pg1-path"), source: "pgbackrest.conf")
    }
    guard let names = LocalFile.entries(dataDirectory) else {
      let configuration = patroni(etc)
      guard configuration.config == nil else {
        return ServerSteering(
          kind: .patroni(config: configuration.config, scope: configuration.scope),
          source: configuration.config ?? etc)
      }
      return ServerSteering(
        kind: .unknown(
          "\(Sanitizer.clean(dataDirectory, limit: 200)) cannot be looked at from here"),
        source: dataDirectory)
    }
    if names.contains("patroni.dynamic.json") {
      let configuration = patroni(etc)
      return ServerSteering(
        kind: .patroni(config: configuration.config, scope: configuration.scope),
        source: "\(dataDirectory)/patroni.dynamic.json")
    }
    if let mark = names.first(where: { $0.hasPrefix("postgresql-auto-failover") }) {
      return ServerSteering(kind: .autoFailover, source: "\(dataDirectory)/\(mark)")
    }
    return ServerSteering(kind: .none, source: dataDirectory)
  }

  /// Debian keeps one file per cluster in /etc/patroni; elsewhere it is patroni.yml.
  private static func patroni(_ etc: String) -> (config: String?, scope: String?) {
    let folder = (LocalFile.entries("\(etc)/patroni") ?? []).filter {
      ($0.hasSuffix(".yml") || $0.hasSuffix(".yaml")) && !$0.hasPrefix("dcs.")
    }.sorted().map { "\(etc)/patroni/\($0)" }
    let single = LocalFile.stamp("\(etc)/patroni.yml") == nil ? [] : ["\(etc)/patroni.yml"]
    let files = folder + single
    guard files.count == 1, let file = files.first else { return (nil, nil) }
    return (file, LocalFile.text(file).flatMap(scope))
  }

  private static func scope(_ text: String) -> String? {
    for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix("scope:") {
      let value = line.dropFirst(6).trimmed.filter { $0 != "\"" && $0 != "'" }
      return value.isEmpty ? nil : value
    }
    return nil
  }

  var check: Requirement {
    let what = "who starts and stops production is known"
    switch kind {
    case .none: return .met(what, "neither Patroni nor pg_auto_failover: seen in \(source)")
    case .patroni(let config, let scope):
      let missing = scope == nil ? "; its scope could not be read: patronictl list shows it" : ""
      return .met(what, "Patroni (\(config ?? source))\(missing)")
    case .autoFailover: return .met(what, "pg_auto_failover (\(source))")
    case .unknown(let why):
      return .unknown(what, "\(why); matters in place alone: Patroni would start what you stop")
    }
  }
}

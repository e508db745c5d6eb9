import CPostgres
import Glibc
import Subprocess

/// The environment of what we run: mostly little, so that programs behave the same from a shell, cron or systemd.
package enum ChildEnvironment {
  private static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  /// PATH, HOME, USER, LANG, TZ and what is set of PG* and AWS_*, or all of ours; `extra` wins.
  package static func make(
    for account: Account, inheritsAll: Bool = false, adding extra: [String: String]
  ) -> [Environment.Key: String] {
    var values: [String: String] = [
      "PATH": variable("PATH") ?? path, "HOME": account.home, "USER": account.name,
      "LOGNAME": account.name, "LANG": variable("LANG") ?? "C.UTF-8",
    ]
    if let zone = variable("TZ") { values["TZ"] = zone }
    for (name, value) in inherited()
    where inheritsAll || name.hasPrefix("PG") || name.hasPrefix("AWS_") {
      values[name] = value
    }
    values.merge(extra) { _, new in new }
    var result: [Environment.Key: String] = [:]
    for (name, value) in values {
      if let key = Environment.Key(rawValue: name) { result[key] = value }
    }
    return result
  }

  /// All of ours.
  package static var own: [String: String] {
    Dictionary(inherited(), uniquingKeysWith: { first, _ in first })
  }

  private static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }

  private static func inherited() -> [(String, String)] {
    var pairs: [(String, String)] = []
    var entry = pgvigil_environment()
    while let current = entry, let text = current.pointee {
      let parts = String(cString: text).split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2 { pairs.append((String(parts[0]), String(parts[1]))) }
      entry = current.advanced(by: 1)
    }
    return pairs
  }
}

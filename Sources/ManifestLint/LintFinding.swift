import FoundationEssentials
import RecoveryModel

/// How bad a finding of the linter is.
package enum LintSeverity: String, Sendable, Codable, Comparable, CaseIterable {
  case info, warning, error

  package static func < (left: LintSeverity, right: LintSeverity) -> Bool {
    (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
  }
}

/// What one rule found at one place.
package struct LintFinding: Sendable, Equatable {
  package var id: String
  package var severity: LintSeverity
  package var file: String
  /// Counted from 1.
  package var line: Int
  package var message: String
  package var remedy: String
}

/// What the linter is told besides the files.
package struct LintOptions: Sendable, Equatable {
  /// Clusters that exist although no file declares them: `name` or `namespace/name`.
  package var assumedClusters: [String]
  /// How long a recovery may take; seconds.
  package var rto: Double
  /// How large the data really is; nil = unknown, and no volume is called too large.
  package var dataBytes: Int64?
  /// A volume may be so many times its data.
  package var volumeFactor: Double
  /// Assumed for the projection; bytes a day.
  package var walPerDay: Int64
  /// Schedules are looked at from here on.
  package var now: Date

  /// One 16 MiB segment a minute: a database that is used, and no more.
  package static let defaultWALPerDay: Int64 = 1440 << 24

  package init(
    assumedClusters: [String] = [], rto: Double = 3600, dataBytes: Int64? = nil,
    volumeFactor: Double = 5, walPerDay: Int64 = defaultWALPerDay,
    now: Date
  ) {
    self.assumedClusters = assumedClusters
    self.rto = rto
    self.dataBytes = dataBytes
    self.volumeFactor = volumeFactor
    self.walPerDay = walPerDay
    self.now = now
  }
}

/// One rule: a row of `LintRuleTable`.
struct LintRule: Sendable {
  /// Where, what, and what to do; the file is that of the manifest.
  struct Mark: Sendable {
    var manifest: Manifest
    var line: Int
    var message: String
    var remedy: String
    /// nil = the rule's own.
    var severity: LintSeverity?
  }

  var id: String
  var severity: LintSeverity
  /// One line for the README.
  var title: String
  var check: @Sendable (LintContext) -> [Mark]
}

/// Every rule over every manifest.
package enum Linter {
  /// Some rule reads such objects.
  package static func judges(_ manifest: Manifest) -> Bool {
    let group = String(manifest.apiVersion.prefix { $0 != "/" })
    guard group.contains("cnpg.io") else {
      return manifest.apiVersion == "v1" && manifest.kind == "Secret"
    }
    return CustomResources.schema(of: manifest) != nil
      || CustomResources.names[group]?.contains(manifest.kind) != true
  }

  /// In the order of the files, then of the lines.
  package static func findings(
    in manifests: [Manifest], options: LintOptions
  ) -> [LintFinding] {
    let context = LintContext(manifests: manifests, options: options)
    let order = Dictionary(
      manifests.enumerated().map { ($0.element.file, $0.offset) }, uniquingKeysWith: min)
    let found = LintRuleTable.all.flatMap { rule in
      rule.check(context).map { mark in
        LintFinding(
          id: rule.id, severity: mark.severity ?? rule.severity, file: mark.manifest.file,
          line: mark.line, message: mark.message, remedy: mark.remedy)
      }
    }
    return found.enumerated().sorted { left, right in
      let (one, two) = (left.element, right.element)
      let first = (order[one.file] ?? 0, one.line, left.offset)
      return first < (order[two.file] ?? 0, two.line, right.offset)
    }.map(\.element)
  }
}

import FoundationEssentials
import RecoveryModel

/// The answer of `plan recovery`: the outlook of the moment first.
struct RecoveryPlanReport: Report {
  var outlook: RecoveryOutlook
  var zone: LocalZone
  var segmentSize: Int?

  private enum CodingKeys: String, CodingKey {
    case schemaVersion, cluster, generatedAt, outlook
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(CommandLineUI.schemaVersion, forKey: .schemaVersion)
    try container.encode(Sanitizer.clean(outlook.cluster), forKey: .cluster)
    try container.encode(outlook.now, forKey: .generatedAt)
    try container.encode(OutlookDocument(outlook, segmentSize: segmentSize), forKey: .outlook)
  }

  func text(_ style: TextStyle) -> String {
    let head = "Recovery of \(Sanitizer.clean(outlook.cluster))"
    let facts = FactText(style: style)
    return
      ([head] + outlook.lines(zone: zone, segmentSize: segmentSize).map(facts.line)
      + ["Nothing has been changed."]).joined(separator: "\n")
  }
}

/// Labelled facts in 80 columns.
struct FactText {
  var style: TextStyle

  func line(_ fact: FactLine) -> String {
    let line = TextLayout.labelled(fact.label, Sanitizer.clean(fact.text, limit: 600), column: 13)
    return fact.tone == .dim ? style.dim(line) : line
  }
}

import RecoveryModel
import TextScreen

/// Every finding with what it rests on and what to do; and what could not be had.
enum FindingsView {
  static func fill(_ builder: inout ContentBuilder, _ state: AppState) {
    builder.title = "Findings"
    guard let cluster = state.cluster else { return }
    let findings = cluster.findings
    if findings.isEmpty { builder.paragraph("nothing to report", .good) }
    for finding in findings { fill(finding, &builder, state) }
    let missing = cluster.report.unavailable
    guard !missing.isEmpty else { return }
    builder.section("Not known")
    for part in missing {
      builder.paragraph("\(part.part): \(part.reason)", .unknown)
      if !part.remedy.isEmpty {
        builder.paragraph("  \(state.glyphs.arrowRight) \(Remedy.withKeys(part.remedy))", .notice)
      }
    }
  }

  private static func fill(
    _ finding: Finding, _ builder: inout ContentBuilder, _ state: AppState
  ) {
    let width = builder.width
    let headline = Wrap.lines(finding.headline, width: max(1, width - 3))
    var more: [Row] = headline.dropFirst().map { .line(Line("   \($0)", .strong)) }
    for evidence in finding.evidence {
      let when = evidence.at.map { ", \(Moment.full($0))" } ?? ""
      more += Row.paragraph(
        "\(evidence.what) (\(evidence.source)\(when))", .dim, width: width, indent: 3)
    }
    if !finding.remedy.isEmpty {
      more += Row.paragraph(
        "\(state.glyphs.arrowRight) \(Remedy.withKeys(finding.remedy))", .notice, width: width,
        indent: 3)
    }
    more.append(
      .line(Line("   \(finding.ceiling.words)  [\(finding.id)]", .dim)))
    more.append(.blank)
    builder.item(
      finding.id,
      .line(
        Line([
          Span(" \(finding.severity.glyph(state.glyphs)) ", finding.severity.role),
          Span(headline.first ?? "", .strong),
        ])),
      text: "\(finding.id) \(finding.headline) \(finding.remedy)", more: more)
  }
}

extension Verdict {
  /// What a finding that allows no better verdict does to it.
  fileprivate var words: String {
    self == .proven
      ? "a remark: does not lower the verdict"
      : "while this holds, the verdict is \(rawValue) at best"
  }
}

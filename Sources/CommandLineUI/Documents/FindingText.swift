import RecoveryModel

/// Findings for a person: what, why, and what to do, in 80 columns.
struct FindingText {
  var style: TextStyle

  /// As they are ordered.
  func lines(_ findings: [Finding]) -> [String] {
    findings.flatMap { finding in
      let mark = style.severity(finding.severity)
      let pad = String(repeating: " ", count: max(1, 14 - finding.severity.rawValue.count))
      var lines = [
        TextLayout.wrapped(
          Sanitizer.clean(finding.headline), first: "  " + mark + pad,
          rest: String(repeating: " ", count: 16))
      ]
      if finding.severity > .info {
        lines += finding.evidence.map { line("  why", "\($0.what) (\($0.source))") }
      }
      if !finding.remedy.isEmpty { lines.append(line("  do", finding.remedy)) }
      return lines
    }
  }

  func lines(_ unavailable: [Unavailable]) -> [String] {
    unavailable.map { part in
      let remedy = part.remedy.isEmpty ? "" : " (\(part.remedy))"
      return line("not known", "\(part.part): \(part.reason)\(remedy)")
    }
  }

  func line(_ label: String, _ text: String) -> String {
    TextLayout.labelled(label, Sanitizer.clean(text), column: 16)
  }
}

/// What could not be had. A missing answer is a finding, and it lowers the verdict. In an outage all are missing for the
/// one reason that `OutageRules` tells.
enum PartRules {
  static let unavailable = Rule("part.unavailable", .warning, "no answer") { context in
    guard context.report.outage == nil else { return [] }
    return ReportPart.allCases.compactMap { part in
      guard let failure = context.report.state(of: part).failure,
        !context.isBesideThePoint(part)
      else { return nil }
      return Finding(
        id: "part.unavailable:\(part.rawValue)", severity: context.decides(part) ? .warning : .info,
        headline: "\(part.absence): \(Sanitizer.clean(failure.reason, limit: 160))",
        evidence: [
          Evidence(
            what: Sanitizer.clean(failure.reason, limit: 300),
            source: Sanitizer.clean(failure.part, limit: 60),
            at: context.report.state(of: part).at)
        ],
        remedy: Sanitizer.clean(failure.remedy, limit: 300),
        ceiling: context.decides(part) ? .unknown : .proven)
    }
  }

  static let stale = Rule("part.stale", .warning, "no news") { context in
    guard context.report.outage == nil else { return [] }
    return ReportPart.allCases.compactMap { part in
      let state = context.report.state(of: part)
      guard let at = state.at, context.isStale(part), !context.isBesideThePoint(part) else {
        return nil
      }
      // Nobody hangs: it is not asked.
      let traffic = context.report.traffic.flatMap { $0.isSource(state.source) ? $0 : nil }
      let limit = traffic?.refusal
      return Finding(
        id: "part.stale:\(part.rawValue)", severity: context.decides(part) ? .warning : .info,
        headline:
          "The \(part.words) was last asked \(Format.age(context.age(at))) ago: unknown now"
          + (limit.map { ", since \($0.message)" } ?? ""),
        evidence: [context.evidence("last answer", part)],
        remedy: limit?.remedy
          ?? "Ask again: pgvigil status \(context.declaration.typed); if it stays, the source hangs or is gone.",
        ceiling: context.decides(part) ? .unknown : .proven)
    }
  }

  static let pending = Rule("part.pending", .info, "no answer yet") { context in
    let waiting = ReportPart.allCases.filter {
      context.decides($0) && $0 != .engineFindings && context.report.state(of: $0).at == nil
    }
    guard !waiting.isEmpty, context.report.outage == nil else { return [] }
    let words = waiting.map(\.words).joined(separator: ", ")
    return [
      Finding(
        id: "part.pending", severity: .info, headline: "Not answered yet: \(words)",
        evidence: [Evidence(what: "asked, no answer yet", source: words, at: nil)],
        remedy: "Wait for the first refresh to end.", ceiling: .unknown)
    ]
  }

  static let withheld = Rule("part.withheld", .info, "right missing", needs: [.instances]) {
    context in
    (context.report.instances.value ?? []).flatMap { instance in
      let name = Sanitizer.clean(instance.name, limit: 60)
      return instance.withheld.map { missing in
        let part = Sanitizer.clean(missing.part, limit: 60)
        return Finding(
          id: "part.withheld:\(name):\(part)", severity: .info,
          headline: "\(name) withholds \(part): \(Sanitizer.clean(missing.reason, limit: 120))",
          evidence: [
            Evidence(
              what: Sanitizer.clean(missing.reason, limit: 200), source: name,
              at: instance.observedAt)
          ],
          remedy: Sanitizer.clean(missing.remedy, limit: 200), ceiling: .proven)
      }
    }
  }
}

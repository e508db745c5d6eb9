/// The way to a cluster is cut: said once, instead of once for each part that is missing because of it.
enum OutageRules {
  static let unanswered = Rule("outage", .warning, "not reachable") { context in
    guard let outage = context.report.outage else { return [] }
    let place = Sanitizer.clean(outage.place, limit: 80)
    let reason = Sanitizer.clean(outage.reason, limit: 300)
    let headline =
      outage.since.map { "\(place) has not answered for \(Format.age(context.age($0)))" }
      ?? "\(place) cannot be asked: \(reason)"
    let isBlind = ReportPart.allCases.contains {
      context.decides($0) && context.report.state(of: $0).at != nil && !context.isFresh($0)
    }
    return [
      Finding(
        id: "outage", severity: .warning, headline: headline,
        evidence: [Evidence(what: reason, source: place, at: outage.since)],
        remedy: Sanitizer.clean(outage.remedy, limit: 300),
        // What was seen a moment ago still holds.
        ceiling: isBlind || outage.since == nil ? .unknown : .proven)
    ]
  }
}

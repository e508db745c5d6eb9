import FoundationEssentials
import RecoveryModel
import TextScreen

/// What was dropped, truncated or deleted in a stretch of the WAL.
enum ActsView {
  static func fill(_ builder: inout ContentBuilder, _ state: AppState) {
    builder.title = "What was destroyed"
    guard let finding = state.finding else {
      builder.paragraph("nobody has looked; F asks for the stretch of time", .dim)
      return
    }
    let zone = state.zone
    builder.facts([
      FactLine("stretch", "\(zone.told(finding.order.from)) to \(zone.told(finding.order.to))")
    ])
    if let failure = finding.failure {
      builder.facts([
        FactLine("failed", failure.message, .critical), FactLine("try", failure.remedy, .notice),
      ])
      return
    }
    guard let search = finding.search else {
      builder.facts([FactLine("reading", progress(finding.progress), .notice)])
      return
    }
    builder.facts(search.heading)
    if !search.acts.isEmpty {
      builder.section("Enter: the recovery cursor just before it; p: its plan")
      for (index, act) in search.acts.enumerated() {
        add(act, index, isAsked: search.namesFailure == nil, zone, &builder)
      }
    }
    builder.section("Besides")
    builder.facts(search.footing)
  }

  private static func progress(_ progress: ActSearchProgress?) -> String {
    guard let progress else { return "the archive is being listed" }
    let of = progress.ofSegments.map { " of at most \($0)" } ?? ""
    let at = progress.at.map { ", at \(RecoveryMoment.exact($0))" } ?? ""
    return "segment \(progress.segments)\(of)\(at), \(progress.found) found"
  }

  private static func add(
    _ act: FoundAct, _ index: Int, isAsked: Bool, _ zone: LocalZone,
    _ builder: inout ContentBuilder
  ) {
    let indent = 3
    let text = "\(act.what) at \(zone.both(act.at))"
    let lines = Wrap.lines(text, width: max(1, builder.width - indent))
    var more: [Row] = lines.dropFirst().map {
      .line(Line(String(repeating: " ", count: indent) + $0, .critical))
    }
    more += Row.paragraph(act.place, .text, width: builder.width, indent: indent)
    // Where no catalog was asked, that is said once for all of them.
    if isAsked || act.kind == .dropDatabase, let namelessness = act.namelessness {
      more += Row.paragraph(namelessness, .unknown, width: builder.width, indent: indent)
    }
    builder.item(
      "\(index)", .line(Line(" " + (lines.first ?? ""), .critical)), text: text, more: more)
  }
}

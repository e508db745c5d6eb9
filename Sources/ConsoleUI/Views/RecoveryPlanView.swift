import FoundationEssentials
import RecoveryModel
import TextScreen

/// Exactly what a recovery takes, to be read, copied and saved.
enum RecoveryPlanView {
  static func fill(_ builder: inout ContentBuilder, _ state: AppState) {
    builder.title = "Recovery plan"
    guard let reading = state.shownPlan else { return }
    builder.facts([FactLine("moment", reading.question.moment.text, .strong)])
    switch reading.answer {
    case .asking(let since):
      let seconds = state.now.timeIntervalSince(since)
      builder.paragraph(
        "looking at what must be true first" + (seconds >= 2 ? ", for \(Format.age(seconds))" : ""),
        .dim)
    case .failed(let error):
      builder.paragraph(error.message, .critical)
      if !error.remedy.isEmpty { builder.paragraph(error.remedy, .notice) }
    case .plan(let plan): fill(plan, &builder, state)
    }
  }

  /// The row of the first step that gives a table back; nil = no table is named, or no step names it.
  static func giveBackRow(_ state: AppState) -> Int? {
    guard let reading = state.shownPlan, let plan = reading.plan,
      let name = reading.question.lost.first.map({ $0.isDatabase ? $0.database : $0.name })
    else { return nil }
    let lines = plan.lines
    guard
      let named = lines.firstIndex(where: {
        ($0.isStep || $0.kind == .verbatim) && $0.text.contains(name)
      }), let step = lines[...named].lastIndex(where: \.isStep)
    else { return nil }
    var builder = ContentBuilder(
      width: Layout(state).body.width, list: ListState(), glyphs: state.glyphs)
    builder.facts([FactLine("moment", reading.question.moment.text, .strong)])
    fill(plan, &builder, state, through: step)
    return builder.content.rows.count
  }

  /// With so many of its lines; nil = all.
  private static func fill(
    _ plan: RecoveryPlan, _ builder: inout ContentBuilder, _ state: AppState,
    through count: Int? = nil
  ) {
    let wanted: Set<String> = ["ask for", "base", "lost", "RTO"]
    builder.facts(
      plan.order.outlook.lines(zone: state.zone, segmentSize: plan.order.segmentSize)
        .filter { wanted.contains($0.label) })
    builder.paragraph(standing(plan, state), .notice)
    for line in plan.lines.prefix(count ?? .max) { add(line, &builder) }
  }

  /// What has been done of it, and the keys that go on.
  private static func standing(_ plan: RecoveryPlan, _ state: AppState) -> String {
    if let cluster = state.cluster, let operation = cluster.operation,
      operation.plan.request.kind == .recover
    {
      let progress = state.progress(of: operation, in: cluster.id)
      let told = [progress.step, progress.amount, progress.times].filter { !$0.isEmpty }
      return
        "A recovery is under way: \(told.joined(separator: ", ")). o follows its log, x cancels "
        + "it; when it stays, this page goes on from it."
    }
    guard plan.kept == nil else {
      return
        "It is recovered already. m names a table to give back, y copies the plan, S saves it, "
        + "D removes the recovery."
    }
    return "Nothing of this has been done. y copies \(plan.artefact.name), S saves it, E recovers "
      + "beside production."
  }

  private static func add(_ line: PlanLine, _ builder: inout ContentBuilder) {
    switch line.kind {
    case .blank: builder.add(.blank)
    case .heading: builder.paragraph(line.text, line.isDangerous ? .critical : .strong)
    case .fact(let fact): builder.facts([fact])
    case .step(let number):
      let head = "\(number < 10 ? " " : "")\(number). "
      let role: Role = line.isDangerous ? .warning : .text
      builder.add(
        Row.marked(Span(" " + head, role), line.text, role, width: builder.width, indent: 5))
    case .remark(let label):
      builder.add(
        Row.paragraph("\(label): \(line.text)", .dim, width: builder.width, indent: 5))
    case .verbatim:
      let lines = ShellLines.lines(line.text, width: builder.width, indent: 7)
      builder.add(lines.map { .line(Line($0, .key)) })
    case .manifest: builder.add(verbatim(line.text, indent: 1, width: builder.width))
    }
  }

  /// Cut where the screen ends and nowhere else: blanks count.
  private static func verbatim(_ text: String, indent: Int, width: Int) -> [Row] {
    let room = max(1, width - indent)
    let space = String(repeating: " ", count: indent)
    var rest = Substring(text)
    var rows: [Row] = []
    repeat {
      let piece = rest.prefix(room)
      rest = rest.dropFirst(room)
      rows.append(.line(Line(space + piece, .key)))
    } while !rest.isEmpty
    return rows
  }
}

extension PlanLine {
  fileprivate var isStep: Bool { if case .step = kind { true } else { false } }
}

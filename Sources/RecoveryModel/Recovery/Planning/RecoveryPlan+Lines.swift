/// A line of a plan as every face shows it; how wide it is, is the face's to say.
package struct PlanLine: Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    case blank, heading
    case fact(FactLine)
    case step(Int)
    /// `changes`, `undo`.
    case remark(String)
    /// A command, to be copied as it stands.
    case verbatim
    /// A line of a file, to be copied as it stands, from the first column on.
    case manifest
  }

  package var kind: Kind
  package var text: String
  /// It would change production.
  package var isDangerous = false

  init(_ kind: Kind, _ text: String = "", isDangerous: Bool = false) {
    self.kind = kind
    self.text = text
    self.isDangerous = isDangerous
  }
}

extension RecoveryPlan {
  /// All of it, in the order in which one reads it: what is not so first.
  package var lines: [PlanLine] {
    var lines = [PlanLine(.fact(FactLine(kept == nil ? "into" : "stays in", place, .strong)))]
    let tone: FactLine.Tone = !unmet.isEmpty ? .critical : unknown.isEmpty ? .good : .unknown
    lines += [PlanLine(.blank), PlanLine(.fact(FactLine("first", checkWords, tone)))]
    for check in unmet + unknown + checks.filter({ $0.satisfied == true }) {
      lines.append(PlanLine(.fact(check.line)))
    }
    for road in roads { lines += self.lines(of: road) }
    if let manifest {
      lines += [PlanLine(.blank), PlanLine(.heading, "\(manifest.name):"), PlanLine(.blank)]
      lines += manifest.text.split(separator: "\n", omittingEmptySubsequences: false)
        .map { PlanLine(.manifest, String($0)) }
      lines.removeLast()
    }
    guard !notes.isEmpty else { return lines }
    return lines + [PlanLine(.blank)] + notes.map { PlanLine(.fact(FactLine("know", $0, .notice))) }
  }

  private func lines(of road: RecoveryRoad) -> [PlanLine] {
    let isDangerous = road.kind == .inPlace
    var lines = [PlanLine(.blank), PlanLine(.heading, road.title, isDangerous: isDangerous)]
    for (index, step) in road.steps.enumerated() {
      lines.append(PlanLine(.step(index + 1), step.what, isDangerous: isDangerous))
      lines += step.commands.map { PlanLine(.verbatim, $0, isDangerous: isDangerous) }
      if !step.changes.isEmpty { lines.append(PlanLine(.remark("changes"), step.changes)) }
      if !step.undo.isEmpty { lines.append(PlanLine(.remark("undo"), step.undo)) }
    }
    return lines
  }
}

extension Requirement {
  /// `met   the archive is listed: 77 segments`.
  package var line: FactLine {
    let tone: FactLine.Tone = satisfied.map { $0 ? .text : .critical } ?? .unknown
    return FactLine(standingWord, detail.isEmpty ? what : "\(what): \(detail)", tone)
  }
}

import FoundationEssentials

extension IncidentPage {
  /// How much of what is told at length a page has room for.
  package enum Room: Sendable {
    case short, tall, whole

    var acts: Int {
      switch self {
      case .short: 2
      case .tall: 12
      case .whole: 20
      }
    }
    var kept: Int { self == .short ? 1 : 5 }
    /// Letters of a reason: two rows.
    var reason: Int { self == .short ? 90 : 300 }
  }

  /// The page from top to bottom.
  package func lines(zone: LocalZone, room: Room = .short) -> [FactLine] {
    var lines: [FactLine] = []
    if let asOf {
      lines.append(
        FactLine(
          "AS SEEN",
          "\(Format.atMost(now.timeIntervalSince(asOf))) AGO, at \(zone.told(asOf)): what a "
            + "recovery rests on is not told now", .critical))
    }
    lines += answerLines(room)
    if let lastSign {
      lines.append(
        FactLine(
          "last sign",
          "\(lastSign.what) \(Format.timestamp(lastSign.at)), \(ago(lastSign.at))"))
    }
    lines.append(FactLine("lost", loss.words, loss.tone))
    // Where nobody has found an act to go back before, that says little.
    let isMissing = { (choice: RecoveryChoice) in choice.kind == .beforeAct && choice.outlook == nil
    }
    lines += choices.filter { !isMissing($0) }.map { line($0, zone) }
    // Above the fold of a small screen: what follows is for whoever reads on.
    lines += steps.enumerated().map { index, step in FactLine("do \(index + 1)", step, .notice) }
    lines += otherLines(room)
    lines += choices.filter(isMissing).map { line($0, zone) }
    lines.append(
      running.isEmpty
        ? FactLine("runs", "nothing that is seen")
        : FactLine("runs", running.joined(separator: "; "), .notice))
    return lines + keptLines(room) + actLines(room)
  }

  private func answerLines(_ room: Room) -> [FactLine] {
    let silent = answers.filter { $0.state == .silent }.map { answer in
      let since =
        answer.last.map { ", last seen \(Format.timestamp($0)), \(ago($0))" }
        ?? " at \(Format.timestamp(now)); when it last answered is not known here"
      return FactLine("silent", "\(answer.what)\(since): \(told(answer.reason, room))", .critical)
    }
    let answering = answers.filter { $0.state == .answers }.map(\.what)
    let unknown = answers.filter { $0.state == .unknown }
    var lines = silent
    lines.append(
      answering.isEmpty
        ? FactLine("answers", "nobody", .critical)
        : FactLine("answers", answering.joined(separator: ", "), .good))
    return lines
      + unknown.map {
        FactLine("unknown", "\($0.what): \(told($0.reason, room))", .unknown)
      }
  }

  /// Its end tells: what leads up to it goes first, and on a short page what to try, for which the steps stand.
  private func told(_ reason: String, _ room: Room) -> String {
    let remedy = reason.hasSuffix(")") ? reason.firstRange(of: " (") : nil
    let text = room == .short ? reason[..<(remedy?.lowerBound ?? reason.endIndex)] : reason[...]
    return FailureSentence.shorten(String(text), limit: room.reason)
  }

  private func keptLines(_ room: Room) -> [FactLine] {
    kept.prefix(room.kept).enumerated().map { index, recovery in
      let more = kept.count - room.kept
      let others = index == room.kept - 1 && more > 0 ? "; \(more) more" : ""
      let way = room == .short || recovery.connect.isEmpty ? "" : ": \(recovery.connect)"
      return FactLine(
        "kept", Sanitizer.clean(recovery.sentence + way, limit: 300) + others,
        recovery.isUnfinished ? .warning : .notice)
    }
  }

  private func otherLines(_ room: Room) -> [FactLine] {
    // The newest, but where a series begins: before that all of it is undone.
    let first = others.last { $0.series > 1 }
    let newest = others.reversed().filter { $0 != first }
    let shown = Array(([first].compactMap { $0 } + newest).prefix(room.acts))
      .sorted { $0.act.at > $1.act.at }
    return shown.enumerated().map { index, other in
      let place = other.isReachable ? "--at '\(other.act.moment.text)'" : "out of reach"
      let copy = other.copy.map { "; it lies recovered in \(Sanitizer.clean($0, limit: 80))" } ?? ""
      let first = other.series > 1 ? "; the first of \(other.series) close together" : ""
      let more =
        index == shown.count - 1 && others.count > shown.count
        ? "; \(others.count - shown.count) more: pgvigil find, F in the console" : ""
      return FactLine(
        "or before",
        "\(RecoveryMoment.exact(other.act.at)) \(Sanitizer.clean(other.act.what, limit: 120)): "
          + "\(place)\(copy)\(first)\(more)", other.isReachable ? .notice : .dim)
    }
  }

  private func line(_ choice: RecoveryChoice, _ zone: LocalZone) -> FactLine {
    guard let outlook = choice.outlook else {
      let tone: FactLine.Tone = choice.kind == .beforeAct ? .dim : .critical
      return FactLine(choice.kind.words, "none: \(choice.why)", tone)
    }
    guard outlook.isReachable else {
      return FactLine(
        choice.kind.words, "\(choice.why); \(outlook.standingWords)", outlook.tone)
    }
    var parts = [outlook.at.map { zone.told($0) } ?? "time unknown"]
    if choice.kind == .beforeAct {
      parts[0] = "\(outlook.moment.text), \(choice.why)"
    } else if outlook.until != nil || outlook.moment.position != nil {
      parts[0] = "\(outlook.moment.text), \(outlook.when(zone) ?? parts[0])"
    }
    if let astray = outlook.astray { parts[0] += ", \(astray)" }
    parts.append("RTO \(outlook.projection?.total.words ?? "unknown")")
    if choice.kind != .latest {
      // What nobody has seen stands above, once for all.
      var loss = outlook.loss
      loss.mayBeMore = false
      parts.append("lost: \(loss.words)")
    }
    let newest = choices.first { $0.kind == .latest }?.outlook?.base?.id
    if let base = outlook.base, choice.kind == .latest || base.id != newest {
      let wal = outlook.route.map { " + \($0.load.segments) segments" } ?? ""
      parts.append("from \(Sanitizer.clean(base.id, limit: 40))\(wal)")
    }
    return FactLine(
      choice.kind.words, parts.joined(separator: "; "),
      outlook.standing == .reachable ? .strong : .notice)
  }

  private func actLines(_ room: Room) -> [FactLine] {
    guard let acts else { return [FactLine("who", "the audit log has not been read", .unknown)] }
    guard !acts.isEmpty else { return [FactLine("who", "nothing is in the audit log", .dim)] }
    return acts.prefix(room.acts).map { act in
      let at = RecoveryMoment.exact(act.at)
      let text =
        "\(at.dropFirst(5).prefix(5)) \(at.dropFirst(11).prefix(5))Z "
        + "\(Sanitizer.clean(act.who, limit: 40)): \(Sanitizer.clean(act.what, limit: 200))"
      var line = FactLine("who", Sanitizer.clean(text, limit: 260), .dim)
      line.mayBeCut = true
      return line
    }
  }

  private func ago(_ date: Date) -> String {
    // Rounded as losses are: it is the same span that is told as lost.
    Format.ago(now.timeIntervalSince(date), isAtMost: true)
  }
}

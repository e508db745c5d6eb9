import FoundationEssentials

extension RecoveryOutlook {
  /// One sentence without its full stop: whether it can be reached.
  package var standingWords: String { word + (astray.map { ", \($0)" } ?? "") }

  private var word: String {
    switch standing {
    case .reachable:
      return effective == .latest && moment != .latest
        ? "reachable as the latest" : "reachable: all WAL that it takes is archived"
    case .claimed: return "as the engine claims: nobody has looked at the archive"
    case .beyondEnd:
      return "later than anything archived: the latest, "
        + (at.map { RecoveryMoment.exact($0) } ?? "whenever that is") + ", is as near as it gets"
    case .beforeFirstBackup(let first):
      return "no base backup had ended by then"
        + (first.map { ": the first one did at \(RecoveryMoment.exact($0))" } ?? "")
    case .cut(let hole):
      return
        "out of reach: \(hole.missing) WAL segment\(hole.missing == 1 ? " is" : "s are") missing "
        + "before it"
    case .impossible(let why): return "out of reach: \(why)"
    case .unknown(let why): return "unknown: \(why)"
    }
  }

  package var tone: FactLine.Tone {
    switch standing {
    case .reachable: astray == nil ? .good : .warning
    case .claimed: .notice
    case .beyondEnd: .warning
    case .beforeFirstBackup, .cut, .impossible: .critical
    case .unknown: .unknown
    }
  }

  /// Every figure, in the order in which one asks for them.
  package func lines(zone: LocalZone, segmentSize: Int?) -> [FactLine] {
    var lines = instead.map { FactLine("rather", $0, .critical) }
    lines += [FactLine("moment", momentWords(zone)), FactLine("standing", standingWords, tone)]
    if let effective, effective != moment {
      lines.append(FactLine("ask for", effective.text, .notice))
    }
    lines.append(baseLine(zone))
    lines += walLines(segmentSize)
    if isReachable {
      lines.append(FactLine("lost", loss.words, loss.tone))
      lines.append(rtoLine)
    }
    lines += alternatives.map { FactLine("or", words($0, zone), .notice) }
    return lines + remarks.map { FactLine("know", $0, .notice) }
  }

  private func momentWords(_ zone: LocalZone) -> String {
    let age = at.map { date in
      let seconds = now.timeIntervalSince(date)
      // Rounded as losses are: it is the same span that is told as lost.
      let most = until == nil || before != nil || seconds < -1 ? "" : "at most "
      return ", \(most)\(Format.ago(seconds, isAtMost: true))"
    }
    switch moment.target {
    case .time(let date):
      return (moment.isExclusive ? "just before " : "") + zone.both(date) + ", "
        + Format.ago(now.timeIntervalSince(date))
    case .latest, .position, .transaction, .restorePoint, .backup:
      return moment.text + (when(zone).map { ", \($0)" } ?? "") + (age ?? "")
    }
  }

  /// `about 14:03`, or between which looks and segments it lies.
  func when(_ zone: LocalZone) -> String? {
    guard let at else { return nil }
    guard before == nil else { return "just before \(zone.both(at))" }
    guard let until, until.timeIntervalSince(at) >= 1 else { return "about \(zone.both(at))" }
    var began = ""
    if case .transaction = moment.target { began = "begun " }
    // Neither end is nearer than it was: the later one is rounded up.
    let end = Format.timestamp(until.addingTimeInterval(0.999))
    let isSameDay = end.prefix(11) == Format.timestamp(at).prefix(11)
    return "\(began)between \(zone.told(at)) and \(end.dropFirst(isSameDay ? 11 : 0))"
  }

  private func baseLine(_ zone: LocalZone) -> FactLine {
    guard let base, let end = base.finishedAt else {
      if case .unknown = standing { return FactLine("base", "unknown", .unknown) }
      return FactLine("base", "none", .critical)
    }
    var text = "\(Sanitizer.clean(base.id, limit: 60)), ended \(zone.both(end))"
    if let at, at.timeIntervalSince(end) >= 1 {
      text += ", \(Format.age(at.timeIntervalSince(end))) before it"
    }
    return FactLine("base", text)
  }

  private func walLines(_ segmentSize: Int?) -> [FactLine] {
    guard let route else {
      guard base != nil else { return [] }
      return basis == .claimed
        ? [FactLine("WAL", "not looked at: segments and holes unknown", .unknown)] : []
    }
    let name = { (segment: WALSegment) in
      segmentSize.map { segment.name(segmentSize: $0) } ?? "\(segment.number)"
    }
    let count = route.load.segments
    var lines = [
      FactLine(
        "WAL",
        "\(count) segment\(count == 1 ? "" : "s"), \(Format.bytes(route.load.walBytes))"
          + " (\(Format.bytes(route.load.storedBytes)) stored)"
          + (route.legs.count > 1 ? " over \(route.legs.count) timelines" : ""))
    ]
    lines += route.legs.map { leg in
      FactLine(
        "",
        "timeline \(leg.timeline): \(name(leg.first)) to \(name(leg.last))"
          + (route.legs.count > 1 ? ", \(leg.segments)" : ""),
        .dim)
    }
    guard let hole = route.holes.first else {
      lines.append(FactLine("holes", "none on the way", .good))
      return lines
    }
    lines += route.holes.prefix(3).map { hole in
      FactLine(
        hole == route.holes.first ? "holes" : "",
        "\(hole.missing) missing from \(name(hole.first))"
          + (hole.spoiled.map { ": \($0.words)" } ?? ""), .critical)
    }
    lines.append(FactLine("", cutWords(hole), .critical))
    return lines
  }

  private func cutWords(_ hole: WALHole) -> String {
    let from = hole.from.map { "from \(RecoveryMoment.exact($0))" } ?? "from there"
    let behind = alternatives.first { $0.kind == .behindHole }?.at
    let until = behind.map { "to \(RecoveryMoment.exact($0)), the end of the next base backup" }
    return "that cuts everything \(from) " + (until ?? "on, until another base backup is taken")
  }

  private var rtoLine: FactLine {
    guard let projection else { return FactLine("RTO", "unknown", .unknown) }
    var parts = [
      "restore \(Format.duration(projection.restore))",
      "replay \(Format.duration(projection.replay))",
      "start \(Format.duration(projection.start))",
    ]
    if projection.fixed > 0 { parts.append("engine \(Format.duration(projection.fixed))") }
    return FactLine(
      "RTO",
      "\(projection.total.words), \(projection.basisWords): \(parts.joined(separator: ", "))")
  }

  private func words(_ other: RecoveryAlternative, _ zone: LocalZone) -> String {
    var text = "\(other.words): \(other.moment.text)"
    if let at = other.at {
      text += (other.moment.position == nil ? ", " : ", not before ") + zone.both(at)
    }
    if let mine = loss.seconds, let its = other.loss.seconds, isReachable, mine - its >= 1 {
      text += "; \(Format.age(mine - its)) less lost"
    } else if !isReachable {
      text += "; lost: \(other.loss.words)"
    }
    guard let rto = other.rto else { return text }
    return text + "; RTO \(rto.words)"
  }
}

extension Estimate {
  /// `1m 36s (1m 07s to 2m 14s)`.
  package var words: String {
    "\(Format.duration(expected)) (\(Format.duration(low)) to \(Format.duration(high)))"
  }
}

extension MomentLoss {
  package var tone: FactLine.Tone {
    if seconds == nil && bytes == nil { return .unknown }
    return seconds == 0 && !mayBeMore ? .good : .warning
  }
}

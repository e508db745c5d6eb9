import FoundationEssentials

/// How long an answer counts, whoever shows it.
enum Freshness {
  /// Seconds after which whoever looks that often says nothing any more: three looks, and never less than ten seconds,
  /// since one slow answer is no outage.
  static func patience(pace: Double) -> Double { max(3 * pace, 10) }
}

extension EngineReport {
  /// Age in seconds of an answer that counts no more; nil = it counts, or there is none.
  func staleAge(
    of part: ReportPart, interval: Double, paces: [ReportPart: Double], at now: Date
  ) -> Double? {
    guard let at = state(of: part).at,
      let end = goodUntil(part, interval: interval, paces: paces), now > end
    else { return nil }
    return now.timeIntervalSince(at)
  }

  /// The last moment at which the answer counts; nil = there is none. In an outage no look comes to anything, so that
  /// only the refreshes count, whatever the pace; but a store that is read by itself answers as before.
  package func goodUntil(
    _ part: ReportPart, interval: Double, paces: [ReportPart: Double]
  ) -> Date? {
    let asked = paces[part] ?? part.defaultPace(interval: interval)
    let state = state(of: part)
    let isReached = outage == nil || traffic?.isSource(state.source) == true
    let pace = isReached ? max(asked, ownPaces[part] ?? 0) : interval
    return state.at?.addingTimeInterval(Freshness.patience(pace: pace))
  }
}

extension ClusterSnapshot {
  package func staleAge(of part: ReportPart, at now: Date) -> Double? {
    report.staleAge(of: part, interval: interval, paces: paces, at: now)
  }

  /// Of the whole picture: nobody makes another.
  package func staleAge(at now: Date) -> Double? {
    now > goodUntil ? now.timeIntervalSince(takenAt) : nil
  }

  /// The last moment at which the picture may be believed.
  package var goodUntil: Date { takenAt.addingTimeInterval(Freshness.patience(pace: pace)) }

  /// The last moment at which the verdict may be believed: it does not outlive what it rests on, which falls silent part by
  /// part between two pictures.
  package var verdictUntil: Date {
    let isClaimed =
      report.claimedWindow.value != nil && staleAge(of: .claimedWindow, at: takenAt) == nil
    let ends = ReportPart.allCases.lazy.filter { $0.decides && !(isClaimed && $0 == .walArchive) }
      .compactMap { report.goodUntil($0, interval: interval, paces: paces) }
    return ends.filter { $0 >= takenAt }.reduce(goodUntil, min)
  }

  /// The verdict that may be shown: an old one is nobody's word any more.
  package func verdict(at now: Date) -> Verdict {
    guard staleAge(at: now) == nil else { return .unknown }
    return now > verdictUntil ? verdict.worse(.unknown) : verdict
  }
}

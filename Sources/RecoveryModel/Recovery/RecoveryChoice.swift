import FoundationEssentials

/// What somebody did that is to be undone: found by reading the WAL.
package struct DestructiveAct: Sendable, Equatable {
  package var at: Date
  package var transaction: UInt64?
  /// Where a recovery has to end before; nil = not known.
  package var position: LSN?
  /// As `DROP of keycloak.user_entity`.
  package var what: String
  /// A whole database or many tables are gone: what is written meanwhile is lost with most ways of mending it.
  package var isMass = false

  package init(at: Date, transaction: UInt64?, position: LSN? = nil, what: String) {
    self.at = at
    self.transaction = transaction
    self.position = position
    self.what = what
  }

  /// Just before it: a position says more than a transaction, whose base backup nobody can choose by it.
  package var moment: RecoveryMoment {
    let target: RecoveryMoment.Target? =
      position.map { .position($0) } ?? transaction.map { .transaction($0) }
    return RecoveryMoment(target ?? .time(at), isExclusive: true)
  }
}

/// A moment worth choosing when all is lost.
package struct RecoveryChoice: Sendable, Equatable {
  package enum Kind: String, Sendable, Equatable, CaseIterable {
    /// All that is archived.
    case latest
    /// The last that a recovery comes to or says that it did not.
    case certain
    /// Before a destructive act: the one that somebody stands on, else the last.
    case beforeAct
    /// Where somebody stands, which is before no act that was found.
    case chosen

    package var words: String {
      switch self {
      case .latest: "latest"
      case .certain: "certain"
      case .beforeAct: "before act"
      case .chosen: "chosen"
      }
    }
  }

  package var kind: Kind
  /// nil = there is none.
  package var outlook: RecoveryOutlook?
  /// Why this one, or why there is none.
  package var why: String
  /// What it is before.
  var act: DestructiveAct?
}

extension RecoveryChart {
  /// The three moments worth choosing; without an act and a search nobody has looked for one. `chosen` is where somebody
  /// stands: the third is that one then, and no other beside it.
  package func choices(
    act: DestructiveAct? = nil, search: ActSearch? = nil, chosen: RecoveryMoment? = nil
  ) -> [RecoveryChoice] {
    let latest = outlook(of: .latest)
    return [
      RecoveryChoice(
        kind: .latest, outlook: latest.isReachable ? latest : nil,
        why: latest.isReachable
          ? "all that is archived; an end that comes too early is not noticed"
          : latest.standingWords),
      certain, third(act, search, chosen),
    ]
  }

  private func third(
    _ act: DestructiveAct?, _ search: ActSearch?, _ chosen: RecoveryMoment?
  ) -> RecoveryChoice {
    let standing = search.map(cluster.report.standing)
    guard let chosen, chosen != .latest else {
      let offered = standing?.offered(marker: marker)
      let which =
        offered?.commit == search?.acts.last?.commit
        ? "the last that was found" : "the last, but for what was cleared away or is undone since"
      let whole = act ?? offered.flatMap { standing?.whole($0) }
      return before(whole, whole == nil ? search : standing, which)
    }
    if let act, act.moment == chosen { return before(act, standing, "where the cursor stands") }
    let parts = standing?.acts.filter { $0.moment == chosen } ?? []
    if let standing, let found = parts.first(where: \.isNamed) ?? parts.first {
      return before(standing.whole(found), standing, "where the cursor stands")
    }
    return RecoveryChoice(
      kind: .chosen, outlook: outlook(of: chosen), why: "where the cursor stands")
  }

  private var marker: String? { cluster.declaration.drill.marker?.table }

  private func before(
    _ act: DestructiveAct?, _ search: ActSearch?, _ which: String
  ) -> RecoveryChoice {
    guard let act else {
      let sought = search.map { search in
        "\(search.summary), \(Format.timestamp(search.order.from)) to "
          + Format.timestamp(search.order.to)
          + (search.acts.isEmpty ? "" : "; none of it is left to go back before")
      }
      return RecoveryChoice(
        kind: .beforeAct, outlook: nil,
        why: sought ?? "not looked for: pgvigil find reads the WAL")
    }
    var chart = self
    // Of it the time is known, whoever found it.
    if let position = act.position { chart.written[position] = act.at }
    let outlook = chart.outlook(of: act.moment)
    // What was destroyed before it stays so.
    let commits = Set(search?.acts.map(\.commit) ?? [])
    let earlier = commits.count { $0 < act.position ?? LSN(0) }
    let others =
      earlier == 0
      ? ""
      : "; \(earlier) more before it \(earlier == 1 ? "is" : "are") not taken back: see what was found"
    let name = Sanitizer.clean(act.what, limit: 120)
    return RecoveryChoice(
      kind: .beforeAct, outlook: outlook,
      why: "\(name) at \(RecoveryMoment.exact(act.at))"
        + (search == nil ? "" : ", \(which)") + others, act: act)
  }

  private var certain: RecoveryChoice {
    if let audit {
      guard let base = lastOnTheLine, let stop = base.stopSegment, let size = segmentSize,
        let end = lastSegment(from: base, audit)
      else { return nothingCertain("no base backup has all of its WAL in the archive") }
      guard end.number > stop.number else {
        return choice(
          RecoveryMoment(.backup(base.id)), "end of the newest base backup; no WAL follows it")
      }
      return choice(
        RecoveryMoment(.position(end.start(segmentSize: size))),
        "start of the last archived segment: reached, or PostgreSQL says that it was not")
    }
    let kept = Set(candidates.map(\.id))
    let proof = cluster.drills.ofNow.last {
      $0.outcome == .passed && $0.reachedLSN != nil && $0.backup.map(kept.contains) ?? false
    }
    guard let proof, let lsn = proof.reachedLSN else {
      let missing =
        cluster.report.walArchive.value == nil
        ? "nobody has listed the archive" : "no catalog of backups is known"
      return nothingCertain("\(missing), and no drill of a kept backup passed")
    }
    return choice(
      RecoveryMoment(.position(lsn)),
      "a drill came to it at \(RecoveryMoment.exact(proof.finishedAt))")
  }

  /// The last that has production's own changes alone.
  private func lastSegment(from base: Backup, _ audit: ChainAudit) -> WALSegment? {
    let goal = abandonedLine?.leftAt.map { ChainAudit.Goal.position($0) } ?? .end
    return audit.route(from: base, to: goal)?.end.segment
  }

  private func choice(_ moment: RecoveryMoment, _ why: String) -> RecoveryChoice {
    let outlook = outlook(of: moment)
    return RecoveryChoice(
      kind: .certain, outlook: outlook.isReachable ? outlook : nil,
      why: outlook.isReachable ? why : outlook.standingWords)
  }

  private func nothingCertain(_ why: String) -> RecoveryChoice {
    RecoveryChoice(kind: .certain, outlook: nil, why: why)
  }
}

import RecoveryModel

extension RecoveryOrder {
  /// What stays already of the very moment, the newest: at `place`, where one is asked for. The latest was another moment
  /// when it was made: it is meant only where it is asked for by its place.
  package func recovered(among kept: [KeptRecovery], at place: String?) -> KeptRecovery? {
    kept.filter { recovery in
      !recovery.isUnfinished && recovery.moment == outlook.moment.text
        && (place.map { $0 == recovery.place } ?? (outlook.moment != .latest))
    }.max { $0.since < $1.since }
  }
}

/// How a plan goes on from what has been recovered already.
extension KeptRecovery {
  package var checks: [Requirement] {
    let what = "its server runs"
    let running: Requirement =
      switch isRunning {
      case true: .met(what, "in \(place)")
      case false: .notMet(what, start == nil ? "it is stopped" : "the first step starts it")
      case nil: .unknown(what, "nobody could tell")
      }
    return [.met("it is recovered already", sentence), running]
  }

  package var road: RecoveryRoad {
    let starting = start.map {
      RecoveryStep(
        "Start its server again, with the options that it had", [$0],
        changes: "a second server runs, shut in as before")
    }
    let looking =
      connect.isEmpty ? nil : RecoveryStep("Go into it, and look at what it holds", [connect])
    return RecoveryRoad(
      .beside,
      title:
        "It stays in \(place), beside production, since \(Format.timestamp(since)): nothing is "
        + "to be restored", steps: [starting, looking].compactMap { $0 })
  }

  /// For the plan that goes on from it.
  package func notes(for cluster: ClusterDeclaration) -> [String] {
    [
      "It was asked for by \(by). Once it has served: \(removal(of: cluster))",
      "Another one of this moment: name its place with --to.",
    ]
  }

  /// Why the same is not made a second time, and how it is gone on from.
  package func refusal(for cluster: ClusterDeclaration) -> Requirement {
    let way = givingBack([], to: cluster).map { "; give back from it: \($0)" } ?? ""
    return .notMet(
      "nothing of this moment stays here yet",
      "a \(sentence)\(way); another one takes a place of its own: --to")
  }
}

import RecoveryModel

extension RecoveryRoad {
  /// What follows a recovery beside production is one of two roads: each says when it is the one to choose.
  package static func giveBack(_ giveBack: GiveBack) -> RecoveryRoad {
    RecoveryRoad(
      .giveBack,
      title:
        "To give back what was lost: choose this where production goes on and lacks some of it",
      steps: giveBack.steps)
  }

  package static func takeOver(_ steps: [RecoveryStep]) -> RecoveryRoad {
    RecoveryRoad(
      .takeOver,
      title: "To take production's place: choose this where production is lost, or nothing that it "
        + "wrote after the moment is to stay",
      steps: steps)
  }
}

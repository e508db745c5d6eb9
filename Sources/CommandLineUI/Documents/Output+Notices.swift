import RecoveryModel

extension Output {
  /// What is to be known about the fleet as a whole, a line each, on standard error.
  func notices(of fleet: FleetSnapshot) {
    for notice in fleet.notices {
      let word = notice.severity == .info ? "note" : "warning"
      let remedy = notice.remedy.isEmpty ? "" : " (\(notice.remedy))"
      diagnostic(
        Sanitizer.clean("\(word): \(notice.subject): \(notice.text)\(remedy)", limit: 1000))
    }
    if !fleet.isComplete {
      diagnostic("warning: not every place has answered; clusters may be missing")
    }
  }
}

import FoundationEssentials
import RecoveryModel

/// Where in a cluster's recovery window the user stands.
struct RecoveryCursor: Sendable, Equatable {
  var cluster: String
  var moment: RecoveryMoment
}

/// Who did what to a cluster, newest first.
struct AuditReading: Sendable, Equatable {
  var cluster: String
  var acts: [IncidentAct]
}

/// Which cluster's audit log was last asked for, and when.
struct AuditQuestion: Sendable, Equatable {
  var cluster: String
  var at: Date
}

/// The plan of a recovery, from when it is asked for. The cluster and the moment are fixed from there on.
struct RecoveryPlanReading: Sendable, Equatable {
  enum Answer: Sendable, Equatable {
    case asking(since: Date)
    case plan(RecoveryPlan)
    case failed(RecoveryError)
  }

  var cluster: String
  var question: RecoveryQuestion
  var answer: Answer
  /// A table was named: what gives it back is what is looked for in it.
  var isForTable = false

  var plan: RecoveryPlan? { if case .plan(let plan) = answer { plan } else { nil } }
}

extension AppState {
  /// What the plan's own page shows.
  var shownPlan: RecoveryPlanReading? {
    recoveryPlan.flatMap { $0.cluster == selectedCluster ? $0 : nil }
  }

  /// The moment that the cursor stands on, of the selected cluster.
  var recoveryMoment: RecoveryMoment {
    guard let recovery, recovery.cluster == selectedCluster else { return .latest }
    return recovery.moment
  }

  /// What a drill from here goes to: the moment under the cursor, where one is to be seen; nil = the end of the archive.
  var drilledMoment: RecoveryMoment? {
    guard screen == .detail(.window), recoveryMoment != .latest else { return nil }
    return recoveryMoment
  }

  /// The moments of the selected cluster, as it is or as it was seen last.
  var recoveryChart: RecoveryChart? {
    cluster.map { RecoveryChart($0.recalled?.cluster ?? $0, now: now, search: finding?.search) }
  }

  /// What the recovery window's view tells of its cursor.
  var recoveryOutlook: RecoveryOutlook? { recoveryChart?.outlook(of: recoveryMoment) }
}

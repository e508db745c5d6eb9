import FoundationEssentials
import RecoveryModel

/// Something that happened; the only way state changes.
package enum Message: Sendable, Equatable {
  case keyPressed(Key)
  case mouseClicked(x: Int, y: Int)
  case resized(columns: Int, rows: Int)
  /// The loop's clock: every second, and before whatever else happens.
  case ticked(Date)
  /// What the state looks like has been written to the terminal.
  case frameShown(at: Date)
  /// This host has no description of the terminal that TERM names; another kind's is used.
  case terminalSubstituted(term: String, standIn: String)
  case snapshotArrived(FleetSnapshot)
  case planArrived(OperationPlan)
  case planFailed(cluster: String, RecoveryError)
  case operationEnded(OperationOutcome)
  /// Who did what to a cluster, newest first.
  case auditRead(cluster: String, [IncidentAct])
  case actSearchAdvanced(cluster: String, ActSearchProgress)
  case actsFound(cluster: String, ActSearch)
  case actSearchFailed(cluster: String, RecoveryError)
  case scrubAdvanced(cluster: String, ScrubProgress)
  case scrubEnded(cluster: String, ScrubOutcome)
  case scrubFailed(cluster: String, RecoveryError)
  case recoveryPlanned(RecoveryPlan, cluster: String)
  case recoveryPlanFailed(cluster: String, RecoveryError)
  /// A file has been written.
  case saved(path: String)
  case saveFailed(RecoveryError)
  /// What dead drills had left was removed at the start.
  case drillsReaped([ReapedDrill])
  /// The theme that was asked for cannot be had; the one named `kept` stays.
  case themeFailed(kept: String, reason: String)
  case resumed
}

/// A key as the user names it.
package enum Key: Sendable, Hashable {
  /// A printable character, as typed (`B` is shift-b).
  case character(Character)
  case control(Character)
  case enter, escape, tab, backTab, backspace, delete
  case up, down, left, right, pageUp, pageDown, home, end
  case function(Int)
}

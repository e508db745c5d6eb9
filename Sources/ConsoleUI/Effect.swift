import RecoveryModel

/// Something the outside is asked to do; carried out by ConsoleRuntime's EffectRunner.
package enum Effect: Sendable, Equatable {
  /// Ask every source now, whatever its pace.
  case refresh
  case setInterval(seconds: Double)
  case setPaused(Bool)
  case plan(OperationRequest, cluster: String)
  case run(OperationPlan)
  case cancelOperation(cluster: String)
  /// Read who did what to this cluster.
  case readAudit(cluster: String)
  /// Look through the WAL for what was destroyed.
  case findActs(ActSearchOrder, cluster: String)
  /// Read what lies in the archive, as far as the limits allow.
  case scrub(ScrubLimits, cluster: String)
  case cancelScrub(cluster: String)
  /// Say exactly what going back to a moment takes.
  case planRecovery(RecoveryQuestion, cluster: String)
  /// Put a text into the terminal's clipboard.
  case copy(String)
  /// Write a text into a new file.
  case save(String, path: String)
  /// Look closely at this cluster, whose panels are open (nil = at none).
  case attend(cluster: String?)
  case selectTheme(String)
  /// Forget what the terminal shows and draw everything.
  case redraw
  case suspend
  case quit
}

/// How long the operations wait for what they cannot hurry; seconds.
package struct OperationLimits: Sendable {
  /// For the end WAL of a backup: CloudNativePG's archive_timeout (5 min) and a minute for the upload.
  package var endWAL = 360.0
  /// For an instance to answer what an operation cannot do without; on a busy node it takes many seconds.
  package var answer = 20.0
  /// Between two looks at the archiver, and between two ticks of a drill.
  package var tick = 1.0
  /// For the operator's first reaction to a new Cluster.
  var reaction = 120.0
  /// For a pod that nothing can be scheduled for, as for want of a node or a volume.
  package var pending = 600.0
  /// For an image or a container that cannot be made.
  package var container = 90.0
  /// For the operator to call a cluster healthy whose instance is ready.
  var settling = 30.0
  /// For a destroyed copy to be gone.
  var destruction = 120.0
  /// For the removal of a predecessor's leftovers that is under way when the drill is cancelled.
  package var farewell = 10.0
  /// For kubectl to open its port.
  package var forward = 20.0
  /// For a forward's end to be noticed, after a connection through it broke.
  var forwardEnd = 2.0
  /// For a second question, which is to tell a slow copy from one that is out of reach.
  package var probe = 5.0
  /// Between two renewals of the operation lock, and until an unrenewed one is void.
  var lockRenewal = 20.0
  var lockExpiry = 60.0

  /// With less patience for what hinders a copy, so that it is told within so many seconds: a drill that merely ran out
  /// of time would speak against its backup.
  func hindrancesTold(within seconds: Double) -> OperationLimits {
    var limits = self
    let most = max(0, seconds * 0.75)
    limits.reaction = min(reaction, most)
    limits.pending = min(pending, most)
    limits.container = min(container, most)
    return limits
  }
}

/// How a Backup goes.
package enum BackupPlay: Sendable, Equatable {
  case completes
  case fails(error: String)
  /// In-tree: the check of the archive fails; the Backup stays there and blocks all later ones.
  case walArchivingFails
  /// Never gets beyond `started`: a dead instance manager.
  case staysStarted
  /// `completed`, taken on a standby of an idle primary: its end segment never reaches the archive.
  case completesWithoutEndWAL
}

/// What goes wrong with a recovery cluster.
package enum RecoveryFailure: String, Sendable, CaseIterable {
  /// The referenced ObjectStore counts as missing: nothing happens and nobody says so.
  case missingObjectStore
  case noBackupFound
  case firstWALMissing
  /// FATAL, after the restore; retried, and each retry renames PGDATA.
  case targetNotReached
  /// The cluster archives into the archive that it is restored from.
  case expectedEmptyArchive
  case imagePullError
  /// No node fits: the job's pod stays Pending.
  case podPending
  /// The restore itself fails until the job gives up.
  case jobFails
  /// A hole in the archive and no target: healthy, and older than it should be.
  case silentEarlyPromotion
  /// The object store refuses the copied credentials.
  case credentialsRefused
  /// `WAL ends before end of online backup`.
  case endOfBackupMissing
  /// As `jobFails`, under an operator that leaves the phase at "Setting up primary" for ever.
  case olderOperator
}

/// What the player does; may be changed while it plays.
package struct PlayerScript: Sendable {
  /// Between two steps of a play.
  package var stepSeconds = 0.05
  /// By the Backup's name; `*` for all others.
  package var backups: [String: BackupPlay] = [:]
  /// By the recovery cluster's name; `*` for all others.
  package var recoveries: [String: RecoveryFailure] = [:]
  /// Pods that a failing job tries: backoffLimit 6 makes seven.
  package var attempts = 7
  /// The last line of every recovered server's pg_hba.conf takes TLS alone.
  package var demandsTLS = false
  /// Between two pods of a failing job; a real one waits 10 s, 20 s, 40 s …
  package var retrySeconds = 0.2
  /// Plays of clusters with bootstrap.initdb: their instances come up.
  package var playsNewClusters = true

  package init() {}

  func play(ofBackup name: String) -> BackupPlay { backups[name] ?? backups["*"] ?? .completes }
  func failure(ofCluster name: String) -> RecoveryFailure? { recoveries[name] ?? recoveries["*"] }
}

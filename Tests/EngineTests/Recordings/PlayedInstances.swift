import FoundationEssentials
import RecoveryModel

@testable import Kubernetes

/// What the instance managers answered in the time of the recordings: the samples that were taken then, with the WAL
/// positions of each moment.
enum PlayedInstances {
  /// The system identifiers of the two databases.
  static let authSystem = "7713432640935010324"
  static let appSystem = "7713436696053411858"

  /// An archiver's state from a moment on.
  struct Turn: Sendable {
    var from: Date
    var archived: String
    var archivedAt: String
    var failed: String?
    var ready = 0
    var lsn: String

    init(
      _ from: String, lsn: String, archived: String, at: String, failed: String? = nil,
      ready: Int = 0
    ) {
      self.from = kubernetesDate("2026-11-29T\(from)Z") ?? .distantPast
      self.lsn = lsn
      self.archived = archived
      archivedAt = at
      self.failed = failed
      self.ready = ready
    }
  }

  /// One primary and its standbys, which stream.
  static func cluster(
    _ primary: String, standbys: [String], timeline: Int = 1, system: String = authSystem,
    turns: [Turn]
  ) -> Replay.Instances {
    { pod, now in
      guard let turn = turns.last(where: { $0.from <= now }) else { return nil }
      if pod == primary {
        return primaryStatus(standbys, timeline: timeline, system: system, turn, now)
      }
      return standbys.contains(pod) ? standby(timeline: timeline, lsn: turn.lsn) : nil
    }
  }

  /// No server ever answers.
  static let nobody: Replay.Instances = { _, _ in nil }

  static func standby(timeline: Int, lsn: String) -> String {
    """
    {"receivedLsn":"\(lsn)","replayLsn":"\(lsn)","systemID":"\(authSystem)",
    "isPrimary":false,"isWalReceiverActive":true,"lastArchivedWALTime":"-infinity",
    "lastFailedWALTime":"-infinity","timeLineID":\(timeline),"instanceManagerVersion":"1.30.0"}
    """
  }

  static func primaryStatus(
    _ standbys: [String], timeline: Int, system: String = authSystem, _ turn: Turn, _ now: Date
  ) -> String {
    let senders = standbys.map {
      """
      {"applicationName":"\($0)","state":"streaming","writeLsn":"\(turn.lsn)",
      "flushLsn":"\(turn.lsn)","replayLsn":"\(turn.lsn)","writeLag":"00:00:00",
      "flushLag":"00:00:00","replayLag":"00:00:00","syncState":"async"}
      """
    }.joined(separator: ",")
    // The archiver tries again each minute.
    let tried = Format.timestamp(now.addingTimeInterval(-20))
    let failure =
      turn.failed.map { #""lastFailedWAL":"\#($0)","lastFailedWALTime":"\#(tried)","# }
      ?? #""lastFailedWALTime":"-infinity","isArchivingWAL":true,"#
    let ready = turn.ready > 0 ? #""readyWalFiles":\#(turn.ready),"# : ""
    return """
      {"currentLsn":"\(turn.lsn)","systemID":"\(system)","isPrimary":true,
      "lastArchivedWAL":"\(turn.archived)","lastArchivedWALTime":"2026-11-29T\(turn.archivedAt)Z",
      \(failure)\(ready)"timeLineID":\(timeline),"replicationInfo":[\(senders)],
      "instanceManagerVersion":"1.30.0","isPodReady":true}
      """
  }
}

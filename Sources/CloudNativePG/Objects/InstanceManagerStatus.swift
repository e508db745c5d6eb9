import FoundationEssentials
import Kubernetes
import RecoveryModel

/// What an instance manager answers at `/pg/status`. Go leaves out what is false, zero or empty, so an absent flag
/// is false.
package struct InstanceManagerStatus: Sendable, Equatable {
  package struct Replication: Sendable, Equatable, Decodable {
    /// Name of the standby's pod.
    package var applicationName: String?
    package var state: String?
    package var writeLsn: String?
    package var flushLsn: String?
    package var replayLsn: String?
    package var writeLag: String?
    package var flushLag: String?
    package var replayLag: String?
    package var syncState: String?
  }

  package struct Slot: Sendable, Equatable, Decodable {
    package var slotName: String?
    package var restartLsn: String?
    package var walStatus: String?
    package var safeWalSize: Int64?
    package var active: Bool?

    package init(
      slotName: String? = nil, restartLsn: String? = nil,
      walStatus: String? = nil, safeWalSize: Int64? = nil, active: Bool? = nil
    ) {
      self.slotName = slotName
      self.restartLsn = restartLsn
      self.walStatus = walStatus
      self.safeWalSize = safeWalSize
      self.active = active
    }
  }

  package var currentLSN: LSN?
  package var replayLSN: LSN?
  package var systemID: String?
  package var isPrimary: Bool
  package var replayPaused: Bool
  package var pendingRestart: Bool
  package var isWALReceiverActive: Bool
  package var isPgRewindRunning: Bool
  package var mightBeUnavailable: Bool
  /// The last archived time is after the last failed one; false also where nothing was archived yet.
  package var isArchivingWAL: Bool
  /// May be the name of a history, backup or partial file.
  package var lastArchivedWAL: String?
  package var lastArchivedAt: Date?
  package var lastFailedWAL: String?
  package var lastFailedAt: Date?
  package var currentWAL: String?
  package var readyWALFiles: Int
  package var timeline: UInt32?
  package var replication: [Replication]
  package var slots: [Slot]
  package var instanceManagerVersion: String?
  package var isPodReady: Bool
}

extension InstanceManagerStatus: Decodable {
  package enum CodingKeys: String, CodingKey {
    case currentLsn, receivedLsn, replayLsn, systemID, isPrimary, replayPaused, pendingRestart
    case isWalReceiverActive, isPgRewindRunning, mightBeUnavailable, isArchivingWAL
    case lastArchivedWAL, lastArchivedWALTime, lastFailedWAL, lastFailedWALTime, currentWAL
    case readyWalFiles, timeLineID, replicationInfo, replicationSlotsInfo
    case instanceManagerVersion, isPodReady
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func text(_ key: CodingKeys) throws -> String? {
      let text = try values.decodeIfPresent(String.self, forKey: key)
      return text?.isEmpty == true ? nil : text
    }
    func flag(_ key: CodingKeys) throws -> Bool {
      try values.decodeIfPresent(Bool.self, forKey: key) ?? false
    }
    currentLSN = try text(.currentLsn).flatMap { LSN(text: $0) }
    replayLSN = try text(.replayLsn).flatMap { LSN(text: $0) }
    systemID = try text(.systemID)
    isPrimary = try flag(.isPrimary)
    replayPaused = try flag(.replayPaused)
    pendingRestart = try flag(.pendingRestart)
    isWALReceiverActive = try flag(.isWalReceiverActive)
    isPgRewindRunning = try flag(.isPgRewindRunning)
    mightBeUnavailable = try flag(.mightBeUnavailable)
    isArchivingWAL = try flag(.isArchivingWAL)
    lastArchivedWAL = try text(.lastArchivedWAL)
    // A time that never came is written as -infinity.
    lastArchivedAt = kubernetesDate(try text(.lastArchivedWALTime))
    lastFailedWAL = try text(.lastFailedWAL)
    lastFailedAt = kubernetesDate(try text(.lastFailedWALTime))
    currentWAL = try text(.currentWAL)
    readyWALFiles = try values.decodeIfPresent(Int.self, forKey: .readyWalFiles) ?? 0
    let timeLineID = try values.decodeIfPresent(Int.self, forKey: .timeLineID) ?? 0
    timeline = timeLineID > 0 ? UInt32(exactly: timeLineID) : nil
    replication = try values.decodeIfPresent([Replication].self, forKey: .replicationInfo) ?? []
    slots = try values.decodeIfPresent([Slot].self, forKey: .replicationSlotsInfo) ?? []
    instanceManagerVersion = try text(.instanceManagerVersion)
    isPodReady = try flag(.isPodReady)
  }
}

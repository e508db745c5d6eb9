import FoundationEssentials
import RecoveryModel

/// What an instance manager answers at `/pg/status`. Go leaves out what is false, zero or empty, so an absent flag
/// is false.
public struct InstanceManagerStatus: Sendable, Equatable {
  public struct Replication: Sendable, Equatable, Decodable {
    /// Name of the standby's pod.
    public var applicationName: String?
    public var state: String?
    public var writeLsn: String?
    public var flushLsn: String?
    public var replayLsn: String?
    public var writeLag: String?
    public var flushLag: String?
    public var replayLag: String?
    public var syncState: String?
  }

  public struct Slot: Sendable, Equatable, Decodable {
    public var slotName: String?
    public var slotType: String?
    public var restartLsn: String?
    public var walStatus: String?
    public var safeWalSize: Int64?
    public var active: Bool?
  }

  public var currentLSN: LSN?
  public var receivedLSN: LSN?
  public var replayLSN: LSN?
  public var systemID: String?
  public var isPrimary: Bool
  public var replayPaused: Bool
  public var pendingRestart: Bool
  public var isWALReceiverActive: Bool
  public var isPgRewindRunning: Bool
  public var mightBeUnavailable: Bool
  /// The last archived time is after the last failed one; false also where nothing was archived yet.
  public var isArchivingWAL: Bool
  /// May be the name of a history, backup or partial file.
  public var lastArchivedWAL: String?
  public var lastArchivedAt: Date?
  public var lastFailedWAL: String?
  public var lastFailedAt: Date?
  public var currentWAL: String?
  public var readyWALFiles: Int
  public var timeline: UInt32?
  public var replication: [Replication]
  public var slots: [Slot]
  public var instanceManagerVersion: String?
  public var isPodReady: Bool
}

extension InstanceManagerStatus: Decodable {
  enum CodingKeys: String, CodingKey {
    case currentLsn, receivedLsn, replayLsn, systemID, isPrimary, replayPaused, pendingRestart
    case isWalReceiverActive, isPgRewindRunning, mightBeUnavailable, isArchivingWAL
    case lastArchivedWAL, lastArchivedWALTime, lastFailedWAL, lastFailedWALTime, currentWAL
    case readyWalFiles, timeLineID, replicationInfo, replicationSlotsInfo
    case instanceManagerVersion, isPodReady
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func text(_ key: CodingKeys) throws -> String? {
      let text = try values.decodeIfPresent(String.self, forKey: key)
      return text?.isEmpty == true ? nil : text
    }
    func flag(_ key: CodingKeys) throws -> Bool {
      try values.decodeIfPresent(Bool.self, forKey: key) ?? false
    }
    currentLSN = try text(.currentLsn).flatMap { LSN(text: $0) }
    receivedLSN = try text(.receivedLsn).flatMap { LSN(text: $0) }
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

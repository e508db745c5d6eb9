/// Room, in bytes; nil = not known.
package struct StorageUsage: Sendable, Equatable {
  package var repositoryBytes: Int64?
  package var repositoryFreeBytes: Int64?
  /// Size of the file system that the repository lies on, with everything else that it holds.
  package var repositoryCapacityBytes: Int64?
  /// Free room where a drill would restore to.
  package var drillFreeBytes: Int64?
  /// The cluster's own volumes, where the engine knows them.
  package var volumes: [VolumeUsage]

  package init(
    repositoryBytes: Int64? = nil, repositoryFreeBytes: Int64? = nil,
    repositoryCapacityBytes: Int64? = nil, drillFreeBytes: Int64? = nil,
    volumes: [VolumeUsage] = []
  ) {
    self.repositoryBytes = repositoryBytes
    self.repositoryFreeBytes = repositoryFreeBytes
    self.repositoryCapacityBytes = repositoryCapacityBytes
    self.drillFreeBytes = drillFreeBytes
    self.volumes = volumes
  }
}

/// A volume that a server of the cluster keeps its files on.
package struct VolumeUsage: Sendable, Equatable {
  package enum Content: String, Sendable, Equatable { case data, wal, tablespace }

  /// As the store of volumes names it: a PersistentVolumeClaim.
  package var name: String
  package var instance: String?
  package var content: Content
  package var capacityBytes: Int64?
  package var usedBytes: Int64?
  /// How it fills; nil = not steadily, or not watched long enough.
  package var growth: VolumeGrowth?

  package init(
    name: String, instance: String? = nil, content: Content = .data, capacityBytes: Int64? = nil,
    usedBytes: Int64? = nil, growth: VolumeGrowth? = nil
  ) {
    self.name = name
    self.instance = instance
    self.content = content
    self.capacityBytes = capacityBytes
    self.usedBytes = usedBytes
    self.growth = growth
  }
}

extension VolumeUsage {
  /// 0...1; nil = not known.
  package var usedShare: Double? {
    guard let used = usedBytes, let capacity = capacityBytes, capacity > 0 else { return nil }
    return Double(used) / Double(capacity)
  }

  /// Until it is full at the rate seen; nil = it does not fill, or nobody can tell. What has gone on for a time ends
  /// within as long again in one case of two: further ahead than that nobody has looked back.
  package var secondsLeft: Double? {
    guard let used = usedBytes, let capacity = capacityBytes, let growth, growth.bytesPerSecond > 0
    else { return nil }
    let left = Double(max(0, capacity - used)) / growth.bytesPerSecond
    return left <= growth.seconds ? left : nil
  }

  /// How bad it is that it fills up; nil = it does not.
  package var filling: Severity? {
    let share = usedShare.flatMap { Severity.of($0, warning: 0.8, critical: 0.9) }
    return [share, Self.hurry(secondsLeft)].compactMap { $0 }.max()
  }

  /// Of a volume that is full in so many seconds: a day to do something about it, and hours.
  package static func hurry(_ secondsLeft: Double?) -> Severity? {
    secondsLeft.flatMap { Severity.of(-$0, warning: -86_400, critical: -4 * 3600) }
  }
}

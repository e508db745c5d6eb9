/// Room, in bytes; nil = not known.
public struct StorageUsage: Sendable, Equatable {
  public var repositoryBytes: Int64?
  public var repositoryFreeBytes: Int64?
  /// Size of the file system that the repository lies on, with everything else that it holds.
  public var repositoryCapacityBytes: Int64?
  /// Free room where a drill would restore to.
  public var drillFreeBytes: Int64?
  /// The cluster's own volumes, where the engine knows them.
  public var volumes: [VolumeUsage]

  public init(
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
public struct VolumeUsage: Sendable, Equatable {
  public enum Content: String, Sendable, Equatable { case data, wal, tablespace }

  /// As the store of volumes names it: a PersistentVolumeClaim.
  public var name: String
  public var instance: String?
  public var content: Content
  public var capacityBytes: Int64?
  public var usedBytes: Int64?
  /// How fast it fills; nil = not watched long enough.
  public var growthPerSecond: Double?

  public init(
    name: String, instance: String? = nil, content: Content = .data, capacityBytes: Int64? = nil,
    usedBytes: Int64? = nil, growthPerSecond: Double? = nil
  ) {
    self.name = name
    self.instance = instance
    self.content = content
    self.capacityBytes = capacityBytes
    self.usedBytes = usedBytes
    self.growthPerSecond = growthPerSecond
  }
}

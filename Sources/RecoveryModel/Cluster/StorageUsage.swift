/// Room, in bytes; nil = not known.
public struct StorageUsage: Sendable, Equatable {
  public var repositoryBytes: Int64?
  public var repositoryFreeBytes: Int64?
  /// Size of the file system that the repository lies on, with everything else that it holds.
  public var repositoryCapacityBytes: Int64?
  /// Free room where a drill would restore to.
  public var drillFreeBytes: Int64?

  public init(
    repositoryBytes: Int64? = nil, repositoryFreeBytes: Int64? = nil,
    repositoryCapacityBytes: Int64? = nil, drillFreeBytes: Int64? = nil
  ) {
    self.repositoryBytes = repositoryBytes
    self.repositoryFreeBytes = repositoryFreeBytes
    self.repositoryCapacityBytes = repositoryCapacityBytes
    self.drillFreeBytes = drillFreeBytes
  }
}

/// Settings that decide how fast and how surely a restore goes; nil = not known.
public struct ServerConfiguration: Sendable, Equatable {
  /// Of the primary, in bytes.
  public var sharedBuffers: Int64?
  public var dataChecksums: Bool?
  /// WAL is fetched ahead during a restore (pgBackRest `archive-async`, Barman Cloud `wal.maxParallel` above 1).
  public var asynchronousWALFetch: Bool?
  /// How the engine is told to fetch WAL ahead, as `archive-async=y`.
  public var asynchronousWALFetchSetting: String
  /// Restore workers (`process-max`).
  public var restoreWorkers: Int?
  /// Size of all databases, in bytes.
  public var databaseBytes: Int64?

  public init(
    sharedBuffers: Int64? = nil, dataChecksums: Bool? = nil, asynchronousWALFetch: Bool? = nil,
    asynchronousWALFetchSetting: String = "archive-async=y",
    restoreWorkers: Int? = nil, databaseBytes: Int64? = nil
  ) {
    self.sharedBuffers = sharedBuffers
    self.dataChecksums = dataChecksums
    self.asynchronousWALFetch = asynchronousWALFetch
    self.asynchronousWALFetchSetting = asynchronousWALFetchSetting
    self.restoreWorkers = restoreWorkers
    self.databaseBytes = databaseBytes
  }
}

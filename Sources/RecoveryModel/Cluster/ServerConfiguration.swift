/// Settings that decide how fast and how surely a restore goes; nil = not known.
public struct ServerConfiguration: Sendable, Equatable {
  /// Of the primary, in bytes.
  public var sharedBuffers: Int64?
  public var dataChecksums: Bool?
  /// pgBackRest `archive-async`: fetches WAL ahead during a restore.
  public var asynchronousWALFetch: Bool?
  /// Restore workers (`process-max`).
  public var restoreWorkers: Int?
  /// Size of all databases, in bytes.
  public var databaseBytes: Int64?

  public init(
    sharedBuffers: Int64? = nil, dataChecksums: Bool? = nil, asynchronousWALFetch: Bool? = nil,
    restoreWorkers: Int? = nil, databaseBytes: Int64? = nil
  ) {
    self.sharedBuffers = sharedBuffers
    self.dataChecksums = dataChecksums
    self.asynchronousWALFetch = asynchronousWALFetch
    self.restoreWorkers = restoreWorkers
    self.databaseBytes = databaseBytes
  }
}

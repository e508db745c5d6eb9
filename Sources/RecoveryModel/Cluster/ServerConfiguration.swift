/// Settings that decide how fast and how surely a restore goes; nil = not known.
package struct ServerConfiguration: Sendable, Equatable {
  /// Of the primary, in bytes.
  package var sharedBuffers: Int64?
  package var dataChecksums: Bool?
  /// WAL is fetched ahead during a restore (pgBackRest `archive-async`, Barman Cloud `wal.maxParallel` above 1).
  package var asynchronousWALFetch: Bool?
  /// How the engine is told to fetch WAL ahead, as `archive-async=y`.
  package var asynchronousWALFetchSetting: String
  /// Restore workers (`process-max`).
  package var restoreWorkers: Int?
  /// Size of all databases, in bytes.
  package var databaseBytes: Int64?

  package init(
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

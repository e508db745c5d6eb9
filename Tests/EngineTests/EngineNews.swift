import RecoveryModel

extension BackupEngine {
  /// What it tells by itself, for as long as that is read.
  func news() -> AsyncStream<ObservationSource.ID> {
    let (stream, continuation) = AsyncStream.makeStream(of: ObservationSource.ID.self)
    let end = listen { continuation.yield($0) }
    continuation.onTermination = { _ in end() }
    return stream
  }
}

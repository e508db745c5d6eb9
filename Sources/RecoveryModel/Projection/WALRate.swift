import FoundationEssentials

/// How fast the archive grows: per second, over the last day or as long as it reaches back.
struct WALRate: Sendable, Equatable {
  var segments: Double
  var walBytes: Double
  var storedBytes: Double

  private static let day = 86_400.0

  init(segments: Double, walBytes: Double, storedBytes: Double) {
    self.segments = segments
    self.walBytes = walBytes
    self.storedBytes = storedBytes
  }

  /// Nil when fewer than two segments with a time, or less than a minute, lie behind it.
  init?(archive: WALArchive, now: Date) {
    let since = now.addingTimeInterval(-Self.day)
    var first: Date?
    var count = 0
    var stored: Int64 = 0
    for segment in archive.segments {
      guard let at = segment.archivedAt, at >= since, at <= now else { continue }
      first = min(first ?? at, at)
      count += 1
      stored += segment.storedBytes
    }
    guard let first, count >= 2 else { return nil }
    let span = now.timeIntervalSince(first)
    guard span >= 60 else { return nil }
    segments = Double(count) / span
    walBytes = Double(count) * Double(archive.segmentSize) / span
    storedBytes = Double(stored) / span
  }

  /// What gathers in so many seconds.
  func load(over seconds: Double) -> ReplayLoad {
    ReplayLoad(
      segments: Int((segments * seconds).rounded()), walBytes: Int64(walBytes * seconds),
      storedBytes: Int64(storedBytes * seconds))
  }
}

extension ReplayLoad {
  static func + (left: ReplayLoad, right: ReplayLoad) -> ReplayLoad {
    ReplayLoad(
      segments: left.segments + right.segments, walBytes: left.walBytes + right.walBytes,
      storedBytes: left.storedBytes + right.storedBytes)
  }
}

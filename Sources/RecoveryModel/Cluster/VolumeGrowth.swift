/// How a volume fills, for as long as it was seen to fill steadily.
package struct VolumeGrowth: Sendable, Equatable {
  package var bytesPerSecond: Double
  /// So long it has gone on.
  package var seconds: Double

  package init(bytesPerSecond: Double, seconds: Double) {
    self.bytesPerSecond = bytesPerSecond
    self.seconds = seconds
  }
}

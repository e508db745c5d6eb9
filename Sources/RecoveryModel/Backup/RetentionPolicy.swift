/// What the repository is told to keep.
public struct RetentionPolicy: Sendable, Equatable {
  /// Full backups to keep, when kept by count.
  public var fullCount: Int?
  /// Seconds to keep, when kept by time.
  public var period: Double?
  /// The setting as the tool spells it, for evidence.
  public var text: String

  public init(fullCount: Int? = nil, period: Double? = nil, text: String) {
    self.fullCount = fullCount
    self.period = period
    self.text = text
  }
}

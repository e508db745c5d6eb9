/// What the command line asked of the console.
public struct ConsoleOptions: Sendable, Equatable {
  /// nil = the configuration's, else `dark`.
  public var theme: String?
  /// Seconds between refreshes; nil = the configuration's.
  public var interval: Double?
  public var wallboard: Bool
  public var readOnly: Bool
  public var ascii: Bool
  public var mouse: Bool
  /// The cluster to open with; nil = the one that needs a person first.
  public var cluster: String?

  public init(
    theme: String? = nil, interval: Double? = nil, wallboard: Bool = false,
    readOnly: Bool = false, ascii: Bool = false, mouse: Bool = false, cluster: String? = nil
  ) {
    self.theme = theme
    self.interval = interval
    self.wallboard = wallboard
    self.readOnly = readOnly
    self.ascii = ascii
    self.mouse = mouse
    self.cluster = cluster
  }
}

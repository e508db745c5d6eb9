/// Something that goes wrong with the next requests that it matches.
public struct Fault: Sendable {
  public enum Action: Sendable {
    /// An error status; `retryAfter` seconds as a header.
    case status(Int, retryAfter: Int?)
    /// Nothing is answered for so many seconds, then the connection is torn.
    case hang(seconds: Double)
    /// The connection ends after so many bytes of body: reset, or torn without a last chunk.
    case cut(afterBytes: Int, resets: Bool)
    /// The body trickles: so many bytes at a time, so many seconds apart.
    case slow(bytes: Int, pause: Double)
    /// 200 with this text instead of what was asked for, and the connection ends without a last chunk.
    case garbage(String)
  }

  /// How many requests it still hits.
  public var remaining: Int
  public var matches: @Sendable (RequestRecord) -> Bool
  public var action: Action

  public init(
    _ action: Action, times: Int = 1,
    matching: @escaping @Sendable (RequestRecord) -> Bool = { _ in true }
  ) {
    self.action = action
    remaining = times
    matches = matching
  }
}

/// A request as the log keeps it.
public struct RequestRecord: Sendable, Equatable {
  public var number: Int
  /// Monotonic seconds.
  public var time: Double
  public var user: String
  public var method: String
  /// As in RBAC: get, list, watch, create, update, patch, delete, deletecollection.
  public var verb: String
  /// Plural, with its subresource: `pods/proxy`. Empty for what is no resource.
  public var resource: String
  public var namespace: String?
  public var path: String
  /// `path?query` as it came.
  public var target: String
  public var userAgent: String
  /// nil until the head of the answer is out.
  public var status: Int?
}

/// Something that goes wrong with the next requests that it matches.
package struct Fault: Sendable {
  package enum Action: Sendable {
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
  package var remaining: Int
  package var matches: @Sendable (RequestRecord) -> Bool
  package var action: Action

  package init(
    _ action: Action, times: Int = 1,
    matching: @escaping @Sendable (RequestRecord) -> Bool = { _ in true }
  ) {
    self.action = action
    remaining = times
    matches = matching
  }
}

/// A request as the log keeps it.
package struct RequestRecord: Sendable, Equatable {
  package var number: Int
  /// Monotonic seconds.
  package var time: Double
  package var user: String
  package var method: String
  /// As in RBAC: get, list, watch, create, update, patch, delete, deletecollection.
  package var verb: String
  /// Plural, with its subresource: `pods/proxy`. Empty for what is no resource.
  package var resource: String
  package var namespace: String?
  package var path: String
  /// `path?query` as it came.
  package var target: String
  package var userAgent: String
  /// nil until the head of the answer is out.
  package var status: Int?
}

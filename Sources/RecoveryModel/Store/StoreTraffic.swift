import FoundationEssentials

/// What may be asked of a store in a day; nil = as much as it takes.
package struct StoreLimit: Sendable, Equatable {
  package var requests: Int?
  package var bytes: Int64?
  /// What the keys of the configuration begin with.
  package var prefix = ""

  package init(requests: Int? = nil, bytes: Int64? = nil, prefix: String = "") {
    self.requests = requests
    self.bytes = bytes
    self.prefix = prefix
  }

  package static func options(prefix: String) -> [EngineOption] {
    [
      EngineOption(
        prefix + "requests_per_day", .number, help: "requests to the store a day at most (no limit)"
      ),
      EngineOption(
        prefix + "bytes_per_day", .string,
        help: "read from the store a day at most, as 500MB (no limit)"),
    ]
  }

  /// `500MB`, `1.5 GiB`, `1048576`; nil for what is no size above nothing.
  package static func bytes(_ text: String) -> Int64? {
    guard let bytes = Double(text) ?? ByteSize.bytes(text) else { return nil }
    return (1..<9e18).contains(bytes) ? Int64(bytes) : nil
  }

  package var isSet: Bool { requests != nil || bytes != nil }

  package func isReached(requests count: Int, bytes read: Int64) -> Bool {
    requests.map { count >= $0 } ?? false || bytes.map { read >= $0 } ?? false
  }
}

/// What reading one server's part of a store has cost over the last day.
package struct StoreTraffic: Sendable, Equatable {
  /// As `s3://bucket/path`.
  package var place: String
  package var requests: Int
  /// Received.
  package var bytes: Int64
  /// Seconds that it is counted over: a day, or less where it has not been read for so long.
  package var seconds: Double
  package var limit: StoreLimit
  /// The limit is reached, and nothing is asked before this moment; nil = it is not.
  package var pausedUntil: Date?

  package init(
    place: String, requests: Int, bytes: Int64, seconds: Double, limit: StoreLimit = StoreLimit(),
    pausedUntil: Date? = nil
  ) {
    self.place = place
    self.requests = requests
    self.bytes = bytes
    self.seconds = seconds
    self.limit = limit
    self.pausedUntil = pausedUntil
  }
}

extension StoreTraffic {
  /// `960 requests, 2.1 MiB a day`; `98 requests, 26 MiB in 12m` where it is not known for a day yet.
  package var words: String {
    let count = requests == 1 ? "1 request" : "\(requests) requests"
    let span =
      seconds >= 86_400 ? "a day" : seconds < 60 ? "so far" : "in \(Format.age(seconds))"
    let most = limit.isSet ? " (at most \(limitWords))" : ""
    return "\(count), \(Format.bytes(bytes)) \(span)\(most)"
      + (pausedUntil.map { "; limit reached, not read before \(Format.timestamp($0))" } ?? "")
  }

  /// `2000 requests, 100 MiB a day`.
  private var limitWords: String {
    [limit.requests.map { "\($0) requests" }, limit.bytes.map { Format.bytes($0) }]
      .compactMap { $0 }.joined(separator: ", ") + " a day"
  }

  /// What raises the limit that is reached.
  var remedy: String {
    let key =
      limit.requests.map { requests >= $0 } ?? false ? "requests_per_day" : "bytes_per_day"
    let next = pausedUntil.map { "It is read again from \(Format.timestamp($0)) on" }
    return "\(next ?? "It is read again as the day goes on"); raise \(limit.prefix)\(key) in the "
      + "configuration for more."
  }

  /// Why the store is not asked; nil = it may be.
  package var refusal: RecoveryError? {
    guard pausedUntil != nil else { return nil }
    return RecoveryError(
      .refused, "the store is not asked: its limit of \(limitWords) is reached", remedy: remedy,
      detail: .storeLimit)
  }

  /// Whether a part with this source was read there.
  func isSource(_ source: String?) -> Bool { source?.hasPrefix(place) ?? false }
}

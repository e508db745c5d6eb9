/// Who of those that wait may begin: one at a time opens a connection, so that whoever comes after finds one to share.
///
/// libcurl lets requests wait for the first connection to a server (CURLOPT_PIPEWAIT), but not for a second one: three
/// hundred watches that began at once opened some seventy.
struct ConnectionTurns {
  typealias Instant = ContinuousClock.Instant

  /// In order of arrival, from `first` on.
  private var queue: [(id: UInt, since: Instant)] = []
  private var first = 0
  /// Those that are not known to have a connection yet.
  private(set) var opening: Set<UInt> = []

  /// Whether a connection carries many requests; nil until an answer has told.
  var isShared: Bool?
  private var limit: Int { isShared == false ? .max : 1 }
  /// Nobody waits longer for a turn: a server without HTTP/2, or one that does not answer, has no connection to share.
  static let patience = Duration.seconds(3)

  var isWaiting: Bool { first < queue.count }
  /// Nobody has to wait now.
  var isOpen: Bool { opening.count < limit }

  mutating func wait(_ id: UInt, since now: Instant) { queue.append((id, now)) }

  /// Whoever may begin now.
  mutating func next(at now: Instant) -> UInt? {
    guard first < queue.count,
      isOpen || queue[first].since + Self.patience <= now
    else { return nil }
    let id = queue[first].id
    first += 1
    if first == queue.count {
      queue.removeAll()
      first = 0
    }
    opening.insert(id)
    return id
  }

  /// It has its connection, or needs none any more.
  mutating func done(_ id: UInt) { opening.remove(id) }
}

import FoundationEssentials

/// Where the primary's WAL was seen to stand, over five weeks: each minute of the last hour, every four hours a month
/// ago, so that all of it has some twenty kibibytes.
package struct WALLooks: Sendable, Equatable, Codable {
  /// The database's own identifier; looks at another one say nothing of this. nil = not told.
  package private(set) var system: String?
  /// The server that was the primary at the newest of them; nil = not told.
  package private(set) var primary: String?
  /// The one whose place that server took; nil = nobody saw another.
  private(set) var former: FormerPrimary?
  /// Oldest first.
  package private(set) var all: [WALSighting] = []

  struct FormerPrimary: Sendable, Equatable, Codable {
    var server: String
    var lastSeen: Date
  }

  package init() {}

  /// When a server was last seen to run as the primary; nil = nobody did.
  func lastSeen(_ server: String) -> Date? {
    server == primary ? all.last?.at : former.flatMap { $0.server == server ? $0.lastSeen : nil }
  }

  /// With what another has kept.
  mutating func merge(_ other: WALLooks, at now: Date) {
    note(other.all, of: other.system, primary: other.primary, at: now)
    former = [former, other.former].compactMap { $0 }.max { $0.lastSeen < $1.lastSeen }
  }

  /// Up to which age looks lie how far apart; seconds.
  private static let paces: [(age: Double, pace: Double)] = [
    (3600, 60), (86_400, 600), (7 * 86_400, 3600), (35 * 86_400, 4 * 3600),
  ]

  /// Without what servers of another line were seen to write.
  func on(_ line: ServerLine?) -> WALLooks {
    var looks = self
    looks.all.removeAll { line?.holds($0.lsn, on: $0.timeline) == false }
    return looks
  }

  /// Adds looks, of whatever age, and lets go of those that lie closer than their age is worth.
  package mutating func note(
    _ new: [WALSighting], of system: String?, primary: String? = nil, at now: Date
  ) {
    guard let newest = new.last?.at else { return }
    if let primary, newest >= all.last?.at ?? .distantPast {
      if let known = self.primary, known != primary, let last = all.last {
        // Looks at both may have come together.
        let seen = new.last { $0.timeline == last.timeline && $0.timeline != new.last?.timeline }
        former = FormerPrimary(server: known, lastSeen: max(last.at, seen?.at ?? last.at))
      }
      self.primary = primary
    }
    if let system, let known = self.system, system != known {
      guard newest > all.last?.at ?? .distantPast else { return }
      all = []
    }
    self.system = system ?? self.system
    let sorted = (all + new).sorted { $0.at < $1.at }
    var kept: [WALSighting] = []
    for (index, look) in sorted.enumerated() {
      let age = now.timeIntervalSince(look.at)
      guard let pace = Self.paces.first(where: { age < $0.age })?.pace else { continue }
      // The newest of all stays in any case, once: a file holds it without its last digits.
      let least = index == sorted.count - 1 ? min(pace, 1) : pace
      if look.at.timeIntervalSince(kept.last?.at ?? .distantPast) >= least { kept.append(look) }
    }
    all = kept
  }
}

extension WALSighting: Codable {
  /// `1796000000.25 0/3000060 812 1`: a month of them has to fit into a few kibibytes.
  package func encode(to encoder: any Encoder) throws {
    let id = nextTransaction.map { "\($0)" } ?? "-"
    let milliseconds = (at.timeIntervalSince1970 * 1000).rounded() / 1000
    var container = encoder.singleValueContainer()
    try container.encode("\(milliseconds) \(lsn) \(id) \(timeline.map { "\($0)" } ?? "-")")
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let words = try container.decode(String.self).split(separator: " ").map(String.init)
    guard words.count >= 4, let seconds = Double(words[0]), seconds.isFinite,
      let lsn = LSN(text: words[1])
    else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "no look at the WAL")
    }
    self.init(
      at: Date(timeIntervalSince1970: seconds), lsn: lsn, nextTransaction: UInt64(words[2]),
      timeline: UInt32(words[3]))
  }
}

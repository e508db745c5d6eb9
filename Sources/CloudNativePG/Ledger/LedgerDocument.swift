import DrillParts
import FoundationEssentials
import Glibc
import Kubernetes
import RecoveryModel

/// What a ledger's ConfigMap holds: drills and what scrubs have read as JSON lines, the locks of both, and the drill that
/// runs. What another version put beside them stays.
package struct LedgerDocument: Sendable, Equatable {
  /// A line and the drill that it is; nil where this version cannot read it.
  struct Line: Sendable, Equatable {
    var text: String
    var drill: DrillRecord?
  }

  /// What one may hold alone.
  enum Lock: Sendable {
    case operation, scrub
  }

  static let drillsKey = "drills.jsonl"
  static let lockKey = "lock.json"
  static let runningKey = "running.json"
  static let scrubsKey = "scrubs.jsonl"
  static let scrubLockKey = "scrub-lock.json"
  private static let keys: Set<String> = [
    drillsKey, lockKey, runningKey, scrubsKey, scrubLockKey, notesKey,
  ]
  static let notesKey = "notes.json"

  /// Drills kept; older ones go, but for the newest passed and the newest failed.
  static let drillsKept = 200
  /// A ConfigMap may have 1 MiB; the other keys and the object's own metadata need room too.
  static let bytesKept = 700 << 10

  var lines: [Line]
  var lock: LedgerLock?
  /// The journal of a drill under way, so that whoever finds it dead can close its record.
  var running: DrillJournal?
  /// What its consoles keep of the cluster from one look to the next.
  var notes = ClusterNotes()
  var scrubs: ScrubLines
  var scrubLock: LedgerLock?
  private var others: [String: String]

  init(_ data: [String: String]) {
    lines = (data[Self.drillsKey] ?? "").split(separator: "\n").map { text in
      Line(
        text: String(text),
        drill: (try? Self.read(RecordLine<DrillRecord>.self, text))?.record.ofOperator)
    }
    lock = data[Self.lockKey].flatMap { try? Self.read(LedgerLock.self, $0) }
    notes =
      data[Self.notesKey].flatMap { try? Self.read(ClusterNotes.self, $0) } ?? ClusterNotes()
    running = data[Self.runningKey].flatMap { try? Self.read(DrillJournal.self, $0) }
    scrubs = ScrubLines(data[Self.scrubsKey] ?? "")
    scrubLock = data[Self.scrubLockKey].flatMap { try? Self.read(LedgerLock.self, $0) }
    others = data.filter { !Self.keys.contains($0.key) }
  }

  subscript(_ lock: Lock) -> LedgerLock? {
    get {
      switch lock {
      case .operation: self.lock
      case .scrub: scrubLock
      }
    }
    set {
      switch lock {
      case .operation: self.lock = newValue
      case .scrub: scrubLock = newValue
      }
    }
  }

  var data: [String: String] {
    var data = others
    data[Self.drillsKey] = lines.map { $0.text + "\n" }.joined()
    if !scrubs.lines.isEmpty { data[Self.scrubsKey] = scrubs.text }
    data[Self.scrubLockKey] = scrubLock.flatMap { try? Self.text($0) }
    data[Self.lockKey] = lock.flatMap { try? Self.text($0) }
    data[Self.notesKey] = notes == ClusterNotes() ? nil : try? Self.text(notes)
    data[Self.runningKey] = running.flatMap { try? Self.text($0) }
    return data
  }

  /// false when it stands there already. Throws when the record cannot be written as JSON.
  mutating func append(_ drill: DrillRecord) throws -> Bool {
    guard !lines.contains(where: { $0.drill?.id == drill.id }) else { return false }
    let text = try Self.text(RecordLine(drill))
    lines.append(Line(text: text, drill: drill))
    trim()
    return true
  }

  private mutating func trim() {
    var bytes = lines.reduce(0) { $0 + $1.text.utf8.count + 1 }
    while lines.count > Self.drillsKept || bytes > Self.bytesKept {
      // What verdicts rest on stays, however many drills of past moments come after it.
      let newest = [DrillOutcome.passed, .failed].compactMap { outcome in
        lines.lastIndex { $0.drill?.outcome == outcome && $0.drill?.speaksOfNow == true }
      }
      guard let oldest = lines.indices.dropLast().first(where: { !newest.contains($0) }) else {
        return
      }
      bytes -= lines[oldest].text.utf8.count + 1
      lines.remove(at: oldest)
    }
  }

  func contents(place: String) -> LedgerContents {
    var contents = LedgerContents(drills: lines.compactMap(\.drill))
    contents.notes = notes
    contents.drills.sort { $0.finishedAt < $1.finishedAt }
    for (index, line) in lines.enumerated() where line.drill == nil {
      contents.notices.append(
        "\(place): entry \(index + 1) is not a drill that this version can read")
    }
    if let other = lock?.tookOver {
      contents.notices.append("the operation lock was taken over: \(other.words) did not renew it")
    }
    return contents
  }

  private static func text(_ value: some Encodable) throws -> String {
    String(decoding: try RecordCoding.encode(value), as: UTF8.self)
  }

  private static func read<Value: Decodable>(
    _ type: Value.Type, _ text: some StringProtocol
  ) throws -> Value {
    try RecordCoding.decode(type, from: Array(text.utf8))
  }
}

/// The operation lock as it stands in the ledger.
struct LedgerLock: Sendable, Equatable, Codable {
  var holder: LockHolder
  /// Tells this taking of the lock from every other.
  var token: String
  /// By the API server's clock, so that the consoles' own need not agree.
  var renewedAt: Date
  /// Seconds after which it is void unless renewed.
  var lifetime: Double
  /// Whom it was taken from, because they did not renew it.
  var tookOver: LockHolder?

  func isAlive(at now: Date) -> Bool { now.timeIntervalSince(renewedAt) <= lifetime }
}

extension LockHolder {
  /// The other one ran on this very host and its process is gone.
  func knowsDead(_ other: LockHolder) -> Bool {
    other.process != process
      && Self.isGone(process: other.process, host: other.host, seenFrom: host)
  }

  package static func isGone(process: Int32, host other: String, seenFrom host: String) -> Bool {
    guard other == host, process > 0 else { return false }
    return kill(process, 0) != 0 && errno == ESRCH
  }
}

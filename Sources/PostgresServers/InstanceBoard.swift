import FoundationEssentials
import RecoveryModel

/// The last answer of every server of a cluster, joined: what a primary knows of its standbys goes to them.
package struct InstanceBoard: Sendable {
  /// Declared order.
  private let names: [String]
  /// As a command that is printed names the cluster.
  private let cluster: String
  private var answers: [String: InstanceAnswer] = [:]
  private var lastPrimary: String?

  package init(names: [String], cluster: String = "NAME") {
    self.names = names
    self.cluster = cluster
  }

  package mutating func record(_ answer: InstanceAnswer) {
    answers[answer.instance.name] = answer
    if let primary { lastPrimary = primary.instance.name }
  }

  /// Records the answer. What a cluster's report has from its servers: the instances, and the archiver where the answer is
  /// the primary's, or where none of all is.
  package mutating func take(_ answer: InstanceAnswer) -> ReportUpdate {
    record(answer)
    let at = answer.instance.observedAt
    var update = ReportUpdate()
    update.instances = .value(instances(), source: "PostgreSQL", at: at)
    if let primary {
      guard primary.instance.name == answer.instance.name, let archive = primary.archive else {
        return update
      }
      update.archive = .value(
        archive, source: "pg_stat_archiver on \(primary.instance.name)", at: at)
    } else if everybodyAsked {
      update.archive = .unavailable(withoutPrimary(at: at), at: at)
    }
    return update
  }

  /// The running primary; of two (a split brain), the one on the later timeline, then further on.
  package var primary: InstanceAnswer? {
    names.compactMap { answers[$0] }
      .filter { $0.instance.role == .primary && $0.instance.state == .running }
      .max {
        ($0.instance.timeline ?? 0, $0.instance.lsn ?? LSN(0))
          < ($1.instance.timeline ?? 0, $1.instance.lsn ?? LSN(0))
      }
  }

  /// All servers that were asked, in declared order.
  package func instances() -> [Instance] {
    let primary = primary
    return names.compactMap { answers[$0]?.instance }.map { instance in
      var instance = instance
      if instance.role == .standby, let primary {
        join(&instance, primary)
      } else {
        instance.missingSlot = nil
      }
      return instance
    }
  }

  /// Why there is no archiver to look at, once every server was asked.
  package func withoutPrimary(at: Date) -> Unavailable {
    let instances = instances()
    let fate = PrimaryFate.missing(among: instances, last: lastPrimary)
    if case .withheld(let missing) = fate {
      return Unavailable(
        part: "archive", reason: missing.reason, remedy: missing.remedy, code: .denied)
    }
    // A panel has room for the page that knows the order, and for little more.
    let words = fate == .silent(nil) ? "" : ". \(fate.words)"
    let remedy = "what to do, in order: pgvigil incident \(cluster)\(words)"
    if let lastPrimary, let state = answers[lastPrimary]?.instance.state,
      case .unreachable(let reason) = state
    {
      return Unavailable(
        part: "archive", reason: "the last known primary, \(lastPrimary), is gone: \(reason)",
        remedy: remedy)
    }
    let silent = instances.filter { $0.state != .running }.map { instance in
      guard case .unreachable(let reason) = instance.state else {
        return "\(instance.name) is starting up"
      }
      return "\(instance.name) does not answer: \(FailureSentence.shorten(reason, limit: 160))"
    }
    guard silent.isEmpty else {
      return Unavailable(
        part: "archive", reason: "no primary answers; \(silent.joined(separator: "; "))",
        remedy: remedy)
    }
    return Unavailable(
      part: "archive",
      reason: "none of \(instances.map(\.name).joined(separator: ", ")) answers as a primary",
      remedy: "check the servers, and that instances names all of them")
  }

  package var everybodyAsked: Bool { names.allSatisfy { answers[$0] != nil } }

  private func join(_ instance: inout Instance, _ primary: InstanceAnswer) {
    let sender = sender(of: instance.name, primary)
    if let sender {
      instance.syncState = sender.sync
      let lag = ReplicationLag(
        write: Self.lag(sender.writeBytes, sender.writeSeconds),
        flush: Self.lag(sender.flushBytes, sender.flushSeconds),
        replay: Self.lag(sender.replayBytes, sender.replaySeconds))
      if lag != ReplicationLag() { instance.lag = lag }
    } else if let ahead = primary.instance.lsn, let replayed = instance.lsn {
      // Not streaming (or not visible): the distance between the two looks is still true to a second.
      let seconds = instance.lag?.replay.seconds
      instance.lag = ReplicationLag(
        replay: Lag(bytes: ahead.bytes(since: replayed), seconds: seconds == 0 ? nil : seconds))
    }
    let slot = primary.slots.first {
      ($0.pid != nil && $0.pid == sender?.pid) || Self.plain($0.name) == Self.plain(instance.name)
    }
    if primary.slots.contains(where: { $0.name == instance.missingSlot }) {
      instance.missingSlot = nil
    }
    instance.slot = slot.map {
      ReplicationSlot(
        name: $0.name, active: $0.active, walStatus: $0.walStatus,
        safeWALBytes: $0.safe.map { Int64($0) }, retainedBytes: $0.retained.map { Int64($0) })
    }
  }

  /// By application_name; a single stranger is the single standby that nobody matched.
  private func sender(of name: String, _ primary: InstanceAnswer) -> ServerLook.Sender? {
    let streaming = primary.senders.filter { $0.state != "backup" }
    if let own = streaming.first(where: { Self.plain($0.name ?? "") == Self.plain(name) }) {
      return own
    }
    let known = Set(names.map(Self.plain))
    let strangers = streaming.filter { !known.contains(Self.plain($0.name ?? "")) }
    let matched = Set(streaming.map { Self.plain($0.name ?? "") })
    let lonely = names.filter {
      answers[$0]?.instance.role == .standby && !matched.contains(Self.plain($0))
    }
    return strangers.count == 1 && lonely == [name] ? strangers[0] : nil
  }

  /// PostgreSQL gives no time for a standby that has nothing to catch up on.
  private static func lag(_ bytes: Double?, _ seconds: Double?) -> Lag {
    Lag(bytes: bytes.map { Int64(max(0, $0)) }, seconds: seconds ?? (bytes == 0 ? 0 : nil))
  }

  /// Slot names allow no `-`, application names do.
  private static func plain(_ name: String) -> String {
    String(name.lowercased().map { $0.isLetter || $0.isNumber ? $0 : "_" })
  }
}

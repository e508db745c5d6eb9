/// The standby that lost least, against all that is known of the primary and the archive.
struct BestStandby {
  enum Standing: Equatable {
    /// It has all that the primary was seen to write.
    case current
    /// So many bytes more than the archive; so many less than the primary was seen to write, nil = not known.
    case ahead(Int64, behindPrimary: Int64?)
    /// So many bytes less than the archive.
    case behind(Int64)
    /// It has left the primary's history.
    case diverged
    case unknown

    var isWorthPromoting: Bool { self != .diverged }
  }

  var name: String
  var standing: Standing
  /// The command that promotes it, with what is said before one.
  private var way = ""

  init?(_ cluster: ClusterSnapshot, _ chart: RecoveryChart) {
    let running = (cluster.report.instances.value ?? [])
      .filter { $0.role == .standby && $0.state == .running }
    let last = cluster.lastAnswers.report
    let archived = chart.audit?.newest.map(\.segment)
    let timeline = [last.archive.value?.timeline, archived?.timeline].compactMap { $0 }.max()
    let fork = { (standby: Instance) in
      timeline.flatMap { cluster.report.fork(of: standby, from: $0) }
    }
    let key = { (standby: Instance) in
      (fork(standby) == nil ? 1 : 0, standby.timeline ?? 0, standby.lsn ?? LSN(0))
    }
    guard let best = running.max(by: { key($0) < key($1) }) else { return nil }
    name = Sanitizer.clean(best.name, limit: 40)
    let isManaged = cluster.declaration.place == nil && cluster.declaration.start == nil
    let lead = isManaged ? "Unless Patroni or pg_auto_failover does that:" : "With:"
    way = best.promotion.map { " \(lead) \($0)" } ?? ""
    guard fork(best) == nil else {
      standing = .diverged
      return
    }
    let end = archived.flatMap { segment in
      chart.segmentSize.map { segment.end(segmentSize: $0) }
    }
    standing = Self.standing(
      best.lsn, archived: end ?? chart.archivedEnd, primary: last.archive.value?.currentLSN)
  }

  private static func standing(_ lsn: LSN?, archived: LSN?, primary: LSN?) -> Standing {
    guard let lsn else { return .unknown }
    if let archived, lsn < archived { return .behind(archived.bytes(since: lsn)) }
    if let primary, lsn >= primary { return .current }
    guard let archived else { return .unknown }
    return .ahead(
      lsn.bytes(since: archived), behindPrimary: primary.map { $0.bytes(since: lsn) })
  }

  /// What is to be done with it once the primary is known to be lost.
  func step(_ fate: PrimaryFate) -> String {
    if standing == .diverged {
      return "\(name) has left the primary's history: do not promote it, a recovery has more."
    }
    return words(fate) + way
  }

  private func words(_ fate: PrimaryFate) -> String {
    let condition =
      switch fate {
      case .stopped: "If it cannot be started, keep it off and promote"
      case .startingUp: "If it does not come up, keep it off and promote"
      case .changing: "If no primary comes of it: promote"
      case .gone: "Promote"
      case .empty: "If they are lost, promote"
      default: "If it is lost, keep it off and promote"
      }
    switch standing {
    case .current: return "\(condition) \(name): it has all that the primary was seen to write."
    case .ahead(let bytes, let missing):
      let lost = missing.map {
        ", \(Format.bytes($0)) short of what the primary was seen to write"
      }
      let more =
        bytes > 0 ? "is \(Format.bytes(bytes)) ahead of the archive" : "has all of the archive"
      return "\(condition) \(name): it \(more)\(lost ?? ", no recovery has more")."
    case .behind(let bytes):
      return "\(condition) \(name), but let it read the archive first (restore_command): it is "
        + "\(Format.bytes(bytes)) behind that."
    case .unknown, .diverged:
      return "\(condition) \(name), once you know how far it came (pg_last_wal_replay_lsn())."
    }
  }
}

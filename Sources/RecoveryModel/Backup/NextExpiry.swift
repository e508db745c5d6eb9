import FoundationEssentials

extension RetentionPolicy {
  /// What expiry takes of these, oldest first, once one more of that kind has been taken; with what cannot be restored without
  /// it. By time the newest that is older than the period stays, as moments within it need it.
  package func expired(
    of backups: [Backup], after kind: BackupKind, at now: Date
  ) -> [Backup] {
    let fulls = backups.filter { $0.kind == .full && $0.finishedAt != nil }
    let due = now.addingTimeInterval(-(period ?? .infinity))
    let gone =
      fullCount.map { fulls.count + (kind == .full ? 1 : 0) - $0 }
      ?? fulls.lastIndex { $0.finishedAt ?? now <= due } ?? 0
    let ids = Set(fulls.prefix(max(0, gone)).map(\.id))
    return backups.filter { ids.contains($0.id) || !ids.isDisjoint(with: $0.dependsOn) }
  }
}

/// What the expiry that follows the next base backup takes away.
package struct NextExpiry: Sendable, Equatable {
  var labels: [String]
  /// Since when every moment can be reached then; nil = since the end of that backup.
  var first: Date?
  /// What is open, and may need what is before that: each as `DROP of a, 14:03`.
  package var wanted: [String]

  /// nil = it takes nothing away, or nobody can tell.
  package init?(_ cluster: ClusterSnapshot, after kind: BackupKind = .full, at now: Date) {
    guard let policy = cluster.report.retention.value,
      let backups = cluster.report.backups.value?.kept
    else { return nil }
    // An operator keeps snapshots for ever.
    let stored = backups.filter { $0.method != "volumeSnapshot" }
    guard policy.wal != nil || policy.fullCount != nil || policy.period != nil else { return nil }
    let gone = Set(policy.expired(of: stored, after: kind, at: now).map(\.id))
    let left = backups.filter { !gone.contains($0.id) }
    let restorable = Set(cluster.window?.restorable ?? [])
    let oldest = left.lazy.filter { restorable.contains($0.id) }.compactMap(\.finishedAt).min()
    let next = Backup(id: "", kind: kind, startedAt: now, finishedAt: nil)
    let anchor = policy.wal?.anchor(left + [next])
    let isNew = oldest == nil || anchor?.id == ""
    let since = isNew ? nil : [oldest, anchor?.finishedAt].compactMap { $0 }.max()
    guard let first = cluster.window?.first, first < since ?? .distantFuture else { return nil }
    labels = stored.map(\.id).filter(gone.contains)
    self.first = since
    wanted = cluster.wanted(before: since ?? .distantFuture, without: gone)
  }

  package var words: String {
    let what =
      labels.isEmpty
      ? "WAL" : "\(labels.count) backup\(labels.count == 1 ? "" : "s") (\(Self.list(labels)))"
    let since = first.map { "before \(RecoveryMoment.exact($0))" } ?? "before its own end"
    let open = wanted.isEmpty ? "" : ". Still open is: \(Self.list(wanted))"
    return "Expiry after it takes \(what): nothing \(since) can be reached then\(open)"
  }

  private static func list(_ words: [String]) -> String {
    words.suffix(3).map { Sanitizer.clean($0, limit: 160) }.joined(separator: ", ")
      + (words.count > 3 ? " and \(words.count - 3) more" : "")
  }
}

extension ClusterSnapshot {
  /// Acts that can be gone back before now and not then, a primary that is gone, recoveries that read what expires.
  fileprivate func wanted(before first: Date, without labels: Set<String>) -> [String] {
    let marker = declaration.drill.marker?.table
    // What lies recovered to before it needs no backup any more.
    let copies = Set(report.kept.filter { !$0.isUnfinished }.map(\.moment))
    let acts = keptSearch?.series(marker: marker).map(\.act).filter {
      $0.at < first && $0.at >= window?.first ?? .distantFuture && !copies.contains($0.moment.text)
    }
    var wanted = (acts ?? []).map { "\($0.what), \(RecoveryMoment.exact($0.at))" }
    switch PrimaryFate(self, at: takenAt) {
    case .silent, .stopped, .empty, .gone: wanted.append("a primary that does not answer")
    default: break
    }
    wanted += recoveries.map(\.recovery).filter { $0.isUnderWay }.filter { recovery in
      if case .time(let time) = recovery.aim, time < first { return true }
      return recovery.label.map(labels.contains) ?? true
    }.map { "the recovery into \($0.place)" }
    return wanted
  }
}

import RecoveryModel

extension Site {
  /// By name, who took the place of each server that was the primary of an older timeline: started, such a one is a second
  /// primary. Of two on the same timeline nobody can tell.
  var superseded: [String: String] {
    let leaders = marker.instances.filter { isLeader($0) }
      .map { (name: $0, timeline: newestTimeline(of: $0)) }
    // The archive also knows one whose data are gone.
    let newest = max(leaders.map(\.timeline).max() ?? 1, archivedTimeline)
    let successor = leaders.first { $0.timeline == newest }?.name ?? "one of timeline \(newest)"
    let former = leaders.filter { $0.timeline < newest }.map { ($0.name, successor) }
    return Dictionary(uniqueKeysWithValues: former)
  }

  /// Its data directory is there and begun.
  func hasData(_ instance: String) -> Bool {
    FileTree.exists(layout.dataDirectory(instance) + "/PG_VERSION")
  }

  /// It would come up as a primary.
  private func isLeader(_ instance: String) -> Bool {
    hasData(instance) && !FileTree.exists(layout.dataDirectory(instance) + "/standby.signal")
  }

  /// A promotion leaves its timeline's history there, and no checkpoint takes that away.
  private func newestTimeline(of instance: String) -> UInt32 {
    Self.newestHistory(in: layout.dataDirectory(instance) + "/pg_wal")
  }

  private var archivedTimeline: UInt32 {
    let archive = "\(layout.repository)/archive/\(SandboxLayout.cluster)"
    return (FileTree.names(archive) ?? []).map { Self.newestHistory(in: "\(archive)/\($0)") }.max()
      ?? 1
  }

  /// The timeline of the newest `00000002.history`; 1 without any.
  private static func newestHistory(in directory: String) -> UInt32 {
    (FileTree.names(directory) ?? []).filter { $0.hasSuffix(".history") }
      .compactMap { WALSegment.timeline(ofFile: $0) }.max() ?? 1
  }
}

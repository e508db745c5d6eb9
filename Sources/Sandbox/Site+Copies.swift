import PostgresServers
import RecoveryModel

/// What lies in a sandbox's directory that is somebody's.
extension Site {
  /// Deep enough for a copy's data directory within a directory of its own.
  private static let depth = 3

  /// Data directories of the same database that are not the sandbox's own: somebody made them by hand, and nothing else tells
  /// of them.
  var copies: [String] {
    let own = marker.instances.map(layout.dataDirectory)
    guard let system = own.lazy.compactMap(Self.system).first else { return [] }
    let passed = Set(
      own + [layout.repository, layout.log, layout.lock, layout.spool, layout.socketDirectory]
        + keptDirectories)
    return Self.dataDirectories(in: layout.directory, depth: Self.depth) { place in
      // What lies there and is not kept is what a drill left.
      passed.contains(place) || place == layout.drills
    }.filter { Self.system($0) == system }
  }

  /// Recoveries that stay, wherever they lie, but for one that has become a server of the sandbox.
  var kept: [RecoveryNote] {
    RecoveryNote.all(in: layout.drills).filter { note in
      FileTree.exists(note.directory)
        && !layout.moved.values.contains { $0.hasPrefix(note.directory + "/") }
    }
  }

  var keptDirectories: [String] { kept.map(\.directory) }

  /// Throws `RecoveryError` (refused) where somebody's data would go with the sandbox. With `force` they go, if they lie in it.
  func refuseWhereKept(force: Bool) throws(RecoveryError) {
    let kept = kept.filter { !force || !$0.directory.hasPrefix(layout.directory + "/") }
    let copies = force ? [] : copies
    guard !kept.isEmpty || !copies.isEmpty else { return }
    let running = processes.postmasters().map(\.dataDirectory).filter(copies.contains)
    let told =
      kept.map { "a recovery stays in \($0.directory)" }
      + copies.map { copy in
        "a copy that was made by hand lies in \(copy)"
          + (running.contains(copy) ? ", and its server runs" : "")
      }
    let down = "pgvigil sandbox down --dir \(layout.directory)"
    var remedy = kept.map {
      "pgvigil remove \($0.cluster) \($0.id) --config \(layout.configuration)"
    }
    if !running.isEmpty { remedy += ["stop the server first:"] + running.map(stop) }
    if !copies.isEmpty { remedy.append("move what was made by hand to another place, then") }
    remedy.append(down)
    if !force { remedy += ["or, to destroy it with the sandbox,", "\(down) --force"] }
    throw RecoveryError(
      .refused, "\(told.joined(separator: "; ")): the sandbox stays with it",
      remedy: remedy.joined(separator: "\n"))
  }

  /// By whoever may: a server is stopped by its own account.
  private func stop(_ directory: String) -> String {
    let control = ["\(marker.bindir)/pg_ctl", "stop", "-D", directory, "-m", "fast"]
    let words = (dropTo == nil ? [] : ["runuser", "-u", marker.account, "--"]) + control
    return ShellWord.command(words) ?? "pg_ctl stop"
  }

  private static func dataDirectories(
    in place: String, depth: Int, passing: (String) -> Bool
  ) -> [String] {
    guard depth > 0 else { return [] }
    return (FileTree.names(place) ?? []).sorted().flatMap { name -> [String] in
      let path = "\(place)/\(name)"
      guard !passing(path), FileTree.entry(path)?.kind == .directory else { return [] }
      if FileTree.exists("\(path)/global/pg_control") { return [path] }
      return dataDirectories(in: path, depth: depth - 1, passing: passing)
    }
  }

  /// The system identifier, the first eight bytes of `pg_control`; nil = none is there.
  private static func system(_ directory: String) -> [UInt8]? {
    guard let bytes = try? FileTree.read("\(directory)/global/pg_control"), bytes.count >= 8 else {
      return nil
    }
    return Array(bytes.prefix(8))
  }
}

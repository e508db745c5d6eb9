import FoundationEssentials
import RecoveryModel

/// The repositories that the options speak of and this cluster is not declared for: each is looked at, named, and judged
/// by nobody else.
struct OtherRepositories: Sendable {
  /// Of the declared repository.
  var tool: PgBackRestTool
  var others: [Int]
  /// What the declared one holds; nil = not known.
  var own: Standing?
  var segmentSize: Int
  var now: @Sendable () -> Date

  /// How far a repository has come.
  struct Standing: Sendable, Equatable {
    /// When its newest good base backup ended.
    var newest: Date?
    var last: WALSegment?
  }

  /// One for each, in their order. `isLost`: the declared one tells nothing.
  func findings(declaredIsUnknown isLost: Bool) async -> [Finding] {
    let found = await withTaskGroup(of: (Int, Finding).self) { group in
      for number in others {
        group.addTask { (number, await finding(number, isLost: isLost)) }
      }
      var found: [(Int, Finding)] = []
      for await one in group { found.append(one) }
      return found
    }
    return found.sorted { $0.0 < $1.0 }.map(\.1)
  }

  private func finding(_ number: Int, isLost: Bool) async -> Finding {
    var other = tool
    other.repository = number
    do throws(RecoveryError) {
      let info = try await PgBackRestInfo.ask(other)
      try info.requireCatalog(other)
      let catalog = info.catalog(repository: number, segmentSize: segmentSize)
      let last = info.lastArchived(repository: number, segmentSize: segmentSize)
      return told(number, catalog, last, isLost: isLost)
    } catch {
      return row(
        number, .warning, "Repository \(number) cannot be read: \(error.message)",
        "\(error.remedy). It is not what this cluster is judged by: repository "
          + "\(tool.repository) is.")
    }
  }

  /// Segments that it may be behind while both are written to.
  private static let tolerance: UInt64 = 4

  private func told(
    _ number: Int, _ catalog: BackupCatalog, _ last: WALSegment?, isLost: Bool
  ) -> Finding {
    let advice =
      "To have it judged, declare it as a second cluster, or set repository: \(number)."
    guard let newest = catalog.lastGood else {
      return row(
        number, .warning, "Repository \(number) holds no base backup of the present database",
        advice)
    }
    let end = newest.finishedAt.map { " of \(Format.timestamp($0))" } ?? ""
    let what = "the newest good one is \(Sanitizer.clean(newest.id, limit: 60))\(end)"
    let count = catalog.usable.count
    guard !isLost else {
      return row(
        number, .warning,
        "Repository \(number) can be read, and was looked at for its catalog only: \(what)", advice)
    }
    let (behind, isFar) = lag(newest, last)
    return row(
      number, isFar ? .warning : .info,
      "Repository \(number) has \(count) base backup\(count == 1 ? "" : "s") too: \(what)"
        + (behind.isEmpty ? "" : "; \(behind)"),
      isFar
        ? "See why WAL does not reach it: pgbackrest --repo=\(number) check, and the log of "
          + "archive-push. \(advice)" : advice)
  }

  /// How far it is behind the declared one, in words, and whether its WAL is far behind.
  private func lag(_ newest: Backup, _ last: WALSegment?) -> (words: String, isFar: Bool) {
    guard let own else { return ("", false) }
    var words: [String] = []
    var isFar = false
    if let ours = own.last {
      let name = "repository \(tool.repository)"
      if let last, last.timeline == ours.timeline {
        let missing = ours.number > last.number ? ours.number - last.number : 0
        isFar = missing > Self.tolerance
        words.append(
          missing == 0
            ? "its WAL is as far as that of \(name)"
            : "its WAL is \(missing) segment\(missing == 1 ? "" : "s") behind \(name)")
      } else if last.map({ $0.timeline < ours.timeline }) ?? true {
        isFar = true
        words.append(
          last.map {
            "its WAL ends on timeline \($0.timeline), that of \(name) is on \(ours.timeline)"
          }
            ?? "no WAL is in it")
      }
    }
    if let ended = newest.finishedAt, let ours = own.newest, ours.timeIntervalSince(ended) > 60 {
      words.append("its newest base backup is \(Format.age(ours.timeIntervalSince(ended))) older")
    }
    return (words.joined(separator: ", "), isFar)
  }

  private func row(
    _ number: Int, _ severity: Severity, _ headline: String, _ remedy: String
  ) -> Finding {
    Finding(
      id: "pgbackrest.repository:\(number)", severity: severity,
      headline: Sanitizer.clean(headline, limit: 300),
      evidence: [
        Evidence(
          what: "repository \(number) is configured in \(tool.sources.words)",
          source: "pgbackrest info --repo=\(number)", at: now())
      ],
      remedy: Sanitizer.clean(remedy, limit: 400), ceiling: .proven, words: "second repo")
  }
}

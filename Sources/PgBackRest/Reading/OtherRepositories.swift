import FoundationEssentials
import RecoveryModel

/// The repositories that the options speak of and this cluster is not declared for: each is looked at, named, and judged
/// by nobody else.
struct OtherRepositories: Sendable {
  /// Of the declared repository.
  var tool: PgBackRestTool
  var others: [Int]
  var now: @Sendable () -> Date

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
      let catalog = info.catalog(repository: number, segmentSize: 16 << 20)
      return told(number, catalog, isLost: isLost)
    } catch {
      return row(
        number, .warning, "Repository \(number) cannot be read: \(error.message)",
        "\(error.remedy). It is not what this cluster is judged by: repository "
          + "\(tool.repository) is.")
    }
  }

  private func told(_ number: Int, _ catalog: BackupCatalog, isLost: Bool) -> Finding {
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
    return row(
      number, isLost ? .warning : .info,
      isLost
        ? "Repository \(number) can be read, and was looked at for its catalog only: \(what)"
        : "Repository \(number) has \(count) base backup\(count == 1 ? "" : "s") too: \(what)",
      advice)
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

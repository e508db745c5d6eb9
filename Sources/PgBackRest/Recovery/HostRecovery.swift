import PostgresServers
import RecoveryModel

/// What the roads of a recovery on hosts are written from. Pure: what is on the host has been looked at before.
struct HostRecovery: Sendable, Equatable {
  var order: RecoveryOrder
  var site: OperationSite
  var side: SideDirectory
  var steering: ServerSteering
  /// Production's own configuration where that lies outside of its data directory; nil = it has been backed up along.
  var configuration: String?
  /// Those that are known.
  var standbys: [HostServer]
  /// How libpq reaches the primary; nil = nobody tells.
  var primary: [String: String]?
  /// The primary, or where none runs those that may have been it: none of them may run beside the copy, which takes the
  /// place of the first.
  var primaries: [HostServer] = []
  /// The file that names production's directory to pgBackRest; nil = none that is known.
  var configured: String?

  /// nil where there is nothing to restore.
  var target: RestoreTarget? { RestoreTarget(order, repository: site.repository) }
  /// Its place on this host holds no data.
  var isLost = false
  /// Production's data directory; nil = nobody names one.
  var production: String? { site.production(of: primaries) }
  /// N of the pgN-path that names the copy, where it has become production before; nil = none does.
  var copyNumber: Int?
  /// N of production's pgN-path.
  var number: Int { copyNumber ?? primaries.first?.number ?? 1 }
  /// Where the running primary keeps its data, where the configuration does not know that.
  var elsewhere: String? {
    primaries.first.flatMap { $0.isRunning && $0.number == nil ? $0.directory : nil }
  }

  func line(_ words: [String], variables: [String] = []) -> String {
    side.line(words, variables: variables)
  }

  func pgbackrest(_ arguments: [String]) -> [String] {
    [site.executable] + site.base + arguments
  }

  func word(_ text: String) -> String { side.word(text) }

  /// Throws `RecoveryError` (refused) where a name can stand in no command.
  func roads() throws(RecoveryError) -> [RecoveryRoad] {
    let words =
      site.base + (target?.arguments ?? []) + [
        production ?? "", configuration ?? "", configured ?? "",
      ]
      + primaries.flatMap { [$0.directory ?? ""] + $0.settings.values }
    guard side.isWritable, words.allSatisfy({ ShellWord.argument($0) != nil }) else {
      throw RecoveryError(
        .refused, "a name that the recovery needs holds characters that no command line can carry",
        remedy: "restore by hand, with pgbackrest restore")
    }
    return [beside, .giveBack(giveBack), takeOver, inPlace, rejoining].compactMap { $0 }
  }

  // MARK: Beside production

  private var beside: RecoveryRoad? {
    guard let target else { return nil }
    return RecoveryRoad(
      .beside, title: "Into \(side.path), beside production, which stays as it is",
      steps: [side.make(and: ["/tablespaces", "/spool", "/lock", "/log"])] + secrets + [
        restore(target), side.configure(configuration),
        side.start(to: order.goalWords, variables: side.variables), order.proof(psql: side.psql),
      ])
  }

  /// Values are keys of the repository: named, never shown.
  private var secrets: [RecoveryStep] {
    let names = site.sources.declared.keys.sorted()
    guard !names.isEmpty else { return [] }
    return [
      RecoveryStep(
        "Export what the server's archive_command has and this configuration does not hold: "
          + names.joined(separator: ", "),
        names.map { ": \"${\($0):?export it first}\"" })
    ]
  }

  private func restore(_ target: RestoreTarget) -> RecoveryStep {
    let arguments =
      target.arguments
      + RestoreCommand.confined(data: side.data, tablespaces: side.tablespaces)
      + ["--log-level-console=info", "--log-level-file=off", "restore"]
    let lock = side.variables.filter { !$0.hasPrefix("PGBACKREST_SPOOL") }
    return RecoveryStep(
      "Restore base backup \(Sanitizer.clean(target.backup, limit: 60)) into it",
      [line(pgbackrest(arguments), variables: lock)],
      changes: "\(side.data) holds the base backup; the repository is only read",
      undo: "rm -rf \(word(side.path))")
  }
}

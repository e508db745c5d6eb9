import ArgumentParser

/// `pgvigil`: the console unless a subcommand says otherwise.
struct RootCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pgvigil",
    abstract: "If the primary vanished now, would we get it back?",
    discussion: """
      Watches the backups of PostgreSQL clusters, takes base backups, and proves by verify drills that they \
      can be restored. Without a subcommand it opens the console.

      Exit status of `status` and `store`: 0 PROVEN or LIKELY, 1 AT RISK, 2 NOT RECOVERABLE, 3 UNKNOWN \
      or could not judge.
      Of `lint`: 0 clean, 1 warnings, 2 errors, 3 a file could not be read.
      Of every other command: 0 done, 1 failed, 2 refused or wrong usage, 3 could not run.
      """,
    version: Version.number,
    subcommands: [
      ConsoleCommand.self, StatusCommand.self, IncidentCommand.self, FindCommand.self,
      StoreCommand.self,
      BackupCommand.self, DrillCommand.self, RecoverCommand.self, RemoveCommand.self,
      ScrubCommand.self, ClearCommand.self,
      DrillsCommand.self, PlanCommand.self, AuditCommand.self,
      ReapCommand.self,
      ConfigCommand.self, ManifestCommand.self, LintCommand.self, MetricsCommand.self,
      SandboxCommand.self, GameDayCommand.self, DemoCommand.self, ManualCommand.self,
    ],
    defaultSubcommand: ConsoleCommand.self)
}

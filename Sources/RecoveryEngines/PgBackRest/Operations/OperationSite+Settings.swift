import Glibc
import RecoveryModel

extension OperationSite {
  /// Reads the configuration file once; one that cannot be read leaves pgBackRest's own defaults.
  init(settings: PgBackRestSettings) {
    self.init(
      stanza: settings.stanza, configuration: settings.config, executable: settings.executable,
      account: nil, repository: settings.repository,
      addresses: Dictionary(
        settings.instances.map { ($0.name, $0.conninfo) }, uniquingKeysWith: { first, _ in first }),
      passwords: Dictionary(
        settings.instances.compactMap { instance in instance.password.map { (instance.name, $0) } },
        uniquingKeysWith: { first, _ in first }),
      database: settings.database, programs: settings.bindir,
      file: PgBackRestFile(text: FileText.read(settings.config) ?? ""))
    // Only root can become somebody else; it never runs pgBackRest as itself on another's repository.
    guard geteuid() == 0 else { return }
    let keeper = repositoryPath.flatMap { FileText.facts($0)?.st_uid }
    account = settings.runAs.flatMap(Account.named) ?? keeper.flatMap(Account.numbered)
  }
}

extension PgBackRestOperations {
  public init(
    declaration: ClusterDeclaration, settings: PgBackRestSettings, environment: EngineEnvironment,
    processes: ProcessRunner, connect: @escaping @Sendable ([String: String]) -> SQLClient
  ) {
    self.init(
      declaration: declaration, site: OperationSite(settings: settings), environment: environment,
      processes: processes, connect: connect)
  }
}

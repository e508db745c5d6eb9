import PostgresServers
import RecoveryModel
import Transports

extension OperationSite {
  init(
    settings: PgBackRestSettings, sources: OptionSources, options: PgBackRestConfiguration,
    repository: Int, account: Account?
  ) {
    self.init(
      stanza: settings.stanza, sources: sources, executable: settings.executable,
      account: account, repository: repository,
      addresses: Dictionary(
        settings.instances.map { ($0.name, $0.conninfo) }, uniquingKeysWith: { first, _ in first }),
      passwords: Dictionary(
        settings.instances.compactMap { instance in instance.password.map { (instance.name, $0) } },
        uniquingKeysWith: { first, _ in first }),
      database: settings.database, programs: settings.bindir, file: options)
  }
}

import Glibc
import LocalFiles
import RecoveryModel
import Transports

/// Whom pgBackRest is run as.
enum RunningAccount {
  /// Root never runs pgBackRest against somebody else's repository: it would leave files behind that the owner can no
  /// longer write, and since 2.59 pgBackRest refuses. Everybody else runs it as they are: nil. Throws `RecoveryError`
  /// (invalid) for an account that there is not.
  static func find(
    _ settings: PgBackRestSettings, _ sources: OptionSources, _ options: PgBackRestConfiguration,
    place: RepositoryPlace
  ) throws(RecoveryError) -> Account? {
    guard geteuid() == 0 else { return nil }
    if let name = settings.runAs {
      guard let account = Account.named(name) else {
        throw RecoveryError(
          .invalid, "run_as: there is no account \(name) on this host",
          remedy: "name the account that owns the repository")
      }
      return account
    }
    if let path = place.path, let owner = LocalFile.owner(path) {
      return owner == 0 ? nil : Account.numbered(owner)
    }
    // An object store has no owner, but whoever uses it has files of their own here.
    func value(_ key: String) -> String? { options.value(key, stanza: settings.stanza) }
    let owned =
      [sources.file, sources.directory]
      + [value("pg1-path"), value("spool-path"), value("log-path") ?? "/var/log/pgbackrest"]
      + [place.lockPath]
    let owner = owned.compactMap { $0.flatMap(LocalFile.owner) }.first { $0 != 0 }
    return owner.flatMap(Account.numbered) ?? Account.named("postgres")
  }
}

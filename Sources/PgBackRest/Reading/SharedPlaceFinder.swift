import FoundationEssentials
import LocalFiles
import PostgresServers
import RecoveryModel

/// Tells whether the repository lies where the primary does: on its disk, or on its machine.
struct SharedPlaceFinder: Sendable {
  /// Directory on this host.
  private let repository: @Sendable () -> String?
  /// Of servers on this host.
  private let dataDirectories: [String]
  /// Names of the servers on this host.
  private let servers: Set<String>
  private let hasOthers: Bool
  private let fileSystem: @Sendable (String) -> FileSystem?

  /// nil where the repository lies elsewhere, or is meant to lie where it does.
  init?(
    _ settings: PgBackRestSettings, _ options: PgBackRestConfiguration, repository: Int,
    others: [Int],
    fileSystem: @escaping @Sendable (String) -> FileSystem? = { FileSystem(of: $0) }
  ) {
    let stanza = settings.stanza
    func place(_ number: Int) -> RepositoryPlace {
      RepositoryPlace(options, stanza: stanza, repository: number)
    }
    guard !settings.acceptsSharedPlace, place(repository).path != nil else { return nil }
    let own = place(repository)
    self.repository = { own.ownPath(stanza) }
    self.fileSystem = fileSystem
    dataDirectories = (1...256).compactMap { number in
      guard options.value("pg\(number)-host", stanza: stanza) == nil else { return nil }
      return options.value("pg\(number)-path", stanza: stanza)
    }
    servers = Set(settings.instances.filter(\.isOnThisHost).map(\.name))
    hasOthers = others.contains { place($0).path == nil }
  }

  /// nil where the primary runs elsewhere, and where the repository may lie on another machine or is not there.
  func find(primary: String, at: Date) -> SharedPlace? {
    guard servers.contains(primary), let repository = repository(),
      let own = fileSystem(repository), !own.isElsewhere
    else { return nil }
    let beside = dataDirectories.first { fileSystem($0)?.device == own.device }
    return SharedPlace(
      extent: beside == nil ? .machine : .disk,
      what: beside.map { "\(repository) and \($0) are on one file system" }
        ?? "\(repository) is on the host that \(primary) runs on",
      source: "stat, pgbackrest's options", at: at, hasOthers: hasOthers)
  }
}

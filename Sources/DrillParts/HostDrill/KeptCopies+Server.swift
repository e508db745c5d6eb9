import PostgresServers
import RecoveryModel
import Transports

extension KeptCopies.Copy {
  /// The directory as the steps of a plan name it; nil = its server left nothing that tells how it was started.
  func side(account: Account?, superuser: String = "postgres") -> SideDirectory? {
    guard let options = FileText.read(directory.data + "/postmaster.opts", following: false),
      let start = ServerStart(options: options), let port = start.port
    else { return nil }
    let version = FileText.read(directory.data + "/PG_VERSION", following: false) ?? ""
    var side = SideDirectory(
      path: directory.path, port: port, account: account?.name ?? "", programs: start.programs,
      major: Int(version.trimmed) ?? 0, superuser: superuser)
    side.socketDirectory = start.value("unix_socket_directories")
    return side
  }

  /// Its server was last started without what shut it in, and archives: it is production, and no recovery any more.
  var isLetOut: Bool {
    let text = { (name: String) in FileText.read("\(directory.data)/\(name)", following: false) }
    guard let start = text("postmaster.opts").flatMap({ ServerStart(options: $0) }),
      start.value("archive_mode") == nil
    else { return false }
    return text("postgresql.auto.conf")?.contains("archive_mode = 'off'") == false
  }
}

/// `postmaster.opts`: the program and the options of a server's last start, each option in quotes.
struct ServerStart: Sendable, Equatable {
  /// Directory of the program.
  var programs: String
  private var options: [String]

  /// nil for what is none.
  init?(options text: String) {
    let parts = text.trimmed.split(separator: " \"")
    guard let program = parts.first.map(String.init), program.hasPrefix("/"), parts.count > 1 else {
      return nil
    }
    programs = program.parentPath
    options = parts.dropFirst().map { $0.hasSuffix("\"") ? String($0.dropLast()) : String($0) }
  }

  var port: Int? { value("port").flatMap { Int($0) } }

  /// Of a setting that stood on the command line; the last one wins.
  func value(_ setting: String) -> String? {
    options.last { $0.hasPrefix(setting + "=") }.map { String($0.dropFirst(setting.count + 1)) }
  }
}

extension HostDrills {
  /// What stays already of the very moment, and its directory.
  package func recovered(
    of order: RecoveryOrder, superuser: String
  ) throws(RecoveryError) -> (recovery: KeptRecovery, side: SideDirectory)? {
    let place = try order.place.map { path throws(RecoveryError) in try SideDirectory.place(path) }
    guard let kept = order.recovered(among: kept, at: place),
      let copy = copies.all.first(where: { $0.note.id == kept.id }),
      let side = copy.side(account: site.account, superuser: superuser)
    else { return nil }
    return (kept, side)
  }
}

import DrillParts
import Glibc
import LocalFiles
import PostgresServers
import RecoveryModel
import Transports

/// A server of the cluster that a recovery has to do with: what is known of it.
struct HostServer: Sendable, Equatable {
  var name: String
  /// Its data directory; nil = nobody tells.
  var directory: String?
  /// It lies on this host.
  var isHere = false
  /// The slot of the primary's that it reads from; nil = none, or nobody tells.
  var slot: String?
  /// Its `primary_conninfo`, taken apart; nil = it has none, or nobody tells.
  var source: [String: String]?
  /// It receives WAL.
  var isStreaming = false
  /// N of the `pgN-path` by which pgBackRest knows it; nil = by none.
  var number: Int?
  /// It is the primary, and runs.
  var isRunning = false
  /// It is one now, or by what it left was one when it stopped.
  var isStandby = false
  /// Where clients find it: `port`, `unix_socket_directories`, `listen_addresses`, as far as somebody tells.
  var settings: [String: String] = [:]

  /// As a server tells it, else as pgBackRest is told where it lies, or what it left where it ran.
  static func look(
    _ name: String, _ site: OperationSite, connect: ([String: String]) -> SQLClient
  ) async -> HostServer {
    var server = HostServer(name: name)
    guard let address = site.address(of: name) else { return server }
    server.number = site.file.number(at: address, stanza: site.stanza)
    server.directory = server.number.flatMap { site.option("path", $0) }
    if server.directory == nil {
      server.directory = ServerSocket(ServerAddress(name: name, conninfo: address))?.dataDirectory
    }
    server.slot = server.directory.flatMap(Self.slot)
    server.settings["port"] = address["port"] ?? server.number.flatMap { site.option("port", $0) }
    server.settings["unix_socket_directories"] =
      address["host"].flatMap { $0.hasPrefix("/") ? $0 : nil }
    await server.ask(connect(address))
    server.number = server.number ?? server.directory.flatMap { site.number(of: $0) }
    server.isStandby = server.directory.map { FileText.exists($0 + "/standby.signal") } ?? false
    let host = server.number.flatMap { site.option("host", $0) } ?? address["host"]
    server.isHere =
      host.map(isHere) ?? true && server.directory.map { FileText.facts($0) != nil } ?? false
    return server
  }

  private mutating func ask(_ client: SQLClient) async {
    let names = ["port", "unix_socket_directories", "listen_addresses"]
    let columns = names.map { "current_setting('\($0)') AS \($0)" }.joined(separator: ", ")
    if let rows = try? await client.query(
      "SELECT current_setting('data_directory') AS directory, "
        + "current_setting('primary_slot_name') AS slot, \(columns), "
        // Who may not see it is told nothing, and no error.
        + "(SELECT setting FROM pg_settings WHERE name = 'primary_conninfo') AS source, "
        + "EXISTS (SELECT FROM pg_stat_wal_receiver) AS streams", 5)
    {
      directory = rows.value("directory") ?? directory
      slot = rows.value("slot").flatMap { $0.isEmpty ? nil : $0 }
      source = rows.value("source").flatMap { $0.isEmpty ? nil : Conninfo.parse($0) }
      isStreaming = rows.value("streams") == "t"
      for name in names { settings[name] = rows.value(name) ?? settings[name] }
    }
    await client.close()
  }

  /// As whom it reads, or read, from a primary; nil = from none, or nobody tells. An odd one is left out: it comes to stand
  /// in a command.
  var replicationUser: String? {
    source?["user"].flatMap { name in
      !name.isEmpty && name.allSatisfy { $0.isLetter || $0.isNumber || "_-".contains($0) }
        ? name : nil
    }
  }

  /// It waits for a server at another address than this; an address that moves along may lead to it all the same.
  func names(another leader: [String: String]) -> Bool {
    guard let source, !isStreaming else { return false }
    let place = { (address: [String: String]) in
      [address["host"] ?? address["hostaddr"] ?? "", address["port"] ?? "5432"]
    }
    return place(source) != place(leader)
  }

  /// A name or a socket's directory is of this host.
  private static func isHere(_ host: String) -> Bool {
    var own = [CChar](repeating: 0, count: 256)
    gethostname(&own, own.count - 1)
    let name = String(decoding: own.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return host.hasPrefix("/") || ["localhost", "127.0.0.1", "::1", name].contains(host)
  }

  /// As its own configuration has it, where ALTER SYSTEM and `pg_basebackup -R` write; nil = none is to be seen there.
  static func slot(in directory: String) -> String? {
    let lines = LocalFile.text(directory + "/postgresql.auto.conf")?.split(separator: "\n") ?? []
    let values = lines.compactMap { line -> String? in
      let parts = line.split(separator: "=", maxSplits: 1).map(\.trimmed)
      guard parts.count == 2, parts[0].lowercased() == "primary_slot_name" else { return nil }
      return parts[1].filter { $0 != "'" }
    }
    return values.last.flatMap { $0.isEmpty ? nil : $0 }
  }
}

/// The servers of a cluster, as a recovery deals with them.
struct HostServers: Sendable, Equatable {
  /// Who runs first, then who was the primary when one was last seen, then whoever may have been it.
  var primaries: [HostServer]
  var standbys: [HostServer]

  init(_ servers: [HostServer], last: String?) {
    // What runs there now answers to another name than the one that is silent.
    let taken = Set(servers.filter(\.isRunning).compactMap(\.directory))
    let servers = servers.filter { server in
      server.isRunning || server.directory.map { !taken.contains($0) } ?? true
    }
    standbys = servers.filter { $0.isStandby && !$0.isRunning }
    let others = servers.filter { !$0.isStandby || $0.isRunning }
    let rank = { (server: HostServer) in server.isRunning ? 0 : server.name == last ? 1 : 2 }
    primaries = (0...2).flatMap { wanted in others.filter { rank($0) == wanted } }
  }

  /// Without a copy that lies where production's last place was lost; `number` is N of that place's pgN-path.
  func primaries(besides copy: String, number: Int?) -> [HostServer] {
    primaries.filter { $0.directory != copy && (number == nil || $0.number != number) }
  }
}

extension OperationSite {
  /// Where production has its data, by its server or else by the configuration; nil = nobody tells.
  func production(of primaries: [HostServer]) -> String? {
    primaries.first?.directory ?? dataDirectories.first
  }

  /// `pgN-NAME` of the configuration.
  func option(_ name: String, _ number: Int) -> String? {
    file.value("pg\(number)-\(name)", stanza: stanza)
  }

  /// Of the server that keeps its data there, by whatever name the configuration calls that: one of the two may be a link.
  func number(of directory: String) -> Int? {
    (1...256).first { number in
      guard let own = option("path", number) else { return false }
      var (its, known) = (stat(), stat())
      guard stat(directory, &its) == 0, stat(own, &known) == 0 else { return directory == own }
      return its.st_ino == known.st_ino && its.st_dev == known.st_dev
    }
  }
}

import Glibc
import RecoveryModel
import Synchronization
import Transports

/// A small replicated PostgreSQL cluster of real servers with a pgBackRest repository and a gentle writer, all in
/// one directory, on Unix sockets only. It begins with the gap: WAL is archived, no base backup exists.
///
/// Nothing about a sandbox is remembered in memory: every call looks at the directory and at the processes, so
/// that another process can take over after a crash.
package struct Sandbox: Sendable {
  /// As it was given; resolved when it is used.
  package let directory: String
  package let processes: ProcessRunner
  private let lifeline = Lifeline()

  package init(directory: String) { self.init(directory: directory, processes: .live) }

  package init(directory: String, processes: ProcessRunner) {
    self.directory = directory
    self.processes = processes
  }

  /// A directory that does not exist yet, for a demo: in /tmp, because paths there are short enough for
  /// sockets and every account can enter it; in XDG_RUNTIME_DIR where /tmp cannot be written.
  package static func defaultDirectory() -> String {
    let runtime = getenv("XDG_RUNTIME_DIR").map { String(cString: $0) } ?? ""
    let usable = runtime.hasPrefix("/") && access(runtime, W_OK | X_OK) == 0
    let base = access("/tmp", W_OK | X_OK) == 0 || !usable ? "/tmp" : runtime
    while true {
      let suffix = String(UInt32.random(in: 0..<0x1000_0000), radix: 16)
      let path = "\(base)/pgvigil-demo-\(suffix)"
      if !FileTree.exists(path) { return path }
    }
  }

  /// What runs now. Throws `RecoveryError.refused` where there is no sandbox.
  package func status() async throws -> SandboxStatus {
    let site = try Site.existing(directory)
    var status = site.status()
    status.copies = site.keptDirectories + site.copies
    return status
  }

  /// The pipe that an owned keeper waits on.
  func dropLifeline() { lifeline.drop() }

  package var shared: Lifeline { lifeline }
}

/// The write end of the pipe whose end tells an owned keeper that we are gone. It is closed by `drop` alone: were
/// it closed with the last copy of a `Sandbox`, a console could lose its servers to an optimiser.
package final class Lifeline: Sendable {
  private let descriptor = Mutex<Int32?>(nil)

  package func hold(_ new: Int32) {
    let old = descriptor.withLock { held in
      defer { held = new }
      return held
    }
    if let old { close(old) }
  }

  package func drop() {
    let old = descriptor.withLock { held in
      defer { held = nil }
      return held
    }
    if let old { close(old) }
  }
}

/// A sandbox that exists: its layout, its marker and its account.
struct Site: Sendable {
  let layout: SandboxLayout
  let marker: SandboxMarker
  let account: Account

  var processes: SandboxProcesses {
    SandboxProcesses(layout: layout, account: account, instances: marker.instances)
  }

  /// Throws `RecoveryError.refused` where there is no sandbox, or a foreign directory.
  static func existing(_ directory: String) throws -> Site {
    let layout = try SandboxLayout(directory: directory)
    guard let site = try load(layout) else {
      throw RecoveryError(
        .refused, "\(layout.directory) is not a sandbox of pgvigil's",
        remedy: "pgvigil sandbox up --dir makes one")
    }
    return site
  }

  /// nil when the directory carries no marker.
  static func load(_ layout: SandboxLayout) throws -> Site? {
    guard let marker = try SandboxMarker.load(layout) else { return nil }
    // The marker's word is not enough: whoever owns the directory is whom the servers run as.
    guard let folder = FileTree.entry(layout.directory), folder.kind == .directory,
      let account = owner(of: folder, named: marker.account),
      account.user == folder.user, folder.user != 0
    else {
      throw RecoveryError(
        .refused, "\(layout.directory) does not belong to the account that its marker names",
        remedy: "remove it by hand if it is yours")
    }
    guard geteuid() == 0 || geteuid() == account.user else {
      throw RecoveryError(
        .denied, "the sandbox in \(layout.directory) belongs to \(account.name)",
        remedy: "run as \(account.name) or root")
    }
    return Site(
      layout: layout.asConfigured(marker.instances), marker: marker, account: account)
  }

  /// A user of a container may have no entry in the user database: then we are the only one to go by.
  private static func owner(of folder: FileTree.Entry, named name: String) -> Account? {
    if folder.user == geteuid() { return Account.current }
    return Account.named(name) ?? Account.numbered(folder.user)
  }

  func status() -> SandboxStatus {
    let running = processes.postmasters()
    let superseded = superseded
    let servers = marker.instances.enumerated().map { index, name in
      let directory = layout.dataDirectory(name)
      let pid = running.first { $0.dataDirectory == directory }?.process.pid
      var server = SandboxStatus.Server(
        name: name, port: SandboxLayout.port(index), pid: pid, supersededBy: superseded[name])
      server.circumstance = circumstance(of: server)
      return server
    }
    return SandboxStatus(
      directory: layout.directory, socketDirectory: layout.socketDirectory,
      configuration: layout.configuration, account: account.name, servers: servers,
      keeper: processes.keepers().first?.pid)
  }

  private func circumstance(of server: SandboxStatus.Server) -> String? {
    let directory = layout.dataDirectory(server.name)
    guard server.pid == nil else {
      return layout.moved[server.name].map { "in \($0), which took its place" }
    }
    if let successor = server.supersededBy { return "stays off: \(successor) took its place" }
    guard hasData(server.name) else { return "no data are in \(directory)" }
    // Who stops in order takes it away.
    return FileTree.exists(directory + "/postmaster.pid")
      ? "it was killed, or crashed" : "somebody stopped it"
  }
}

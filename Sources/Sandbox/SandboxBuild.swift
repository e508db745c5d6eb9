import FoundationEssentials
import Glibc
import RecoveryModel
import Transports

/// One making of a sandbox, from an empty directory to a running cluster.
struct SandboxBuild: Sendable {
  /// Three data directories, a repository, some WAL and a drill's copy: measured 250 MB, with room to work.
  static let room: Int64 = 600 << 20

  let layout: SandboxLayout
  let programs: SandboxPrograms
  let options: SandboxOptions
  let processes: ProcessRunner
  let progress: @Sendable (SandboxStep) -> Void
  let lifeline: Lifeline

  var account: Account { programs.account }
  var standbys: [String] { Array(instances.dropFirst()) }
  var instances: [String] { SandboxLayout.instances(standbys: options.standbys) }

  /// Makes the directory ours, or finds it empty and ours. Returns whether it was made. Throws
  /// `RecoveryError` (refused, denied, failed) and leaves nothing changed then.
  func claim() throws -> Bool {
    if let obstacle = account.obstacle(to: layout.parent) {
      throw RecoveryError(
        .refused, "the servers run as \(account.name), who cannot enter \(obstacle)",
        remedy: "put the sandbox under /tmp or /var/tmp")
    }
    if let free = FileTree.freeBytes(layout.parent), free < Self.room {
      throw RecoveryError(
        .refused, "only \(Format.bytes(free)) are free in \(layout.parent)",
        remedy: "a sandbox needs \(Format.bytes(Self.room)); free some or use another directory")
    }
    guard let entry = FileTree.entry(layout.directory) else {
      try FileTree.makeDirectory(layout.directory, account: account)
      return true
    }
    guard entry.kind == .directory else {
      throw RecoveryError(.refused, "\(layout.directory) is not a directory")
    }
    guard let names = FileTree.names(layout.directory), names.isEmpty else {
      throw RecoveryError(
        .refused, "\(layout.directory) is not empty and was not made by pgvigil",
        remedy: "give a new directory")
    }
    guard entry.user == geteuid() || (geteuid() == 0 && entry.user == account.user) else {
      throw RecoveryError(.denied, "\(layout.directory) belongs to another user")
    }
    guard chmod(layout.directory, 0o700) == 0,
      geteuid() != 0 || lchown(layout.directory, account.user, account.group) == 0
    else { throw FileTree.failure("take over", layout.directory) }
    return false
  }

  func run(madeDirectory: Bool) async throws {
    let marker = SandboxMarker(
      created: Date.now, directory: layout.directory, socketDirectory: layout.socketDirectory,
      account: account.name, standbys: options.standbys, rate: options.rate,
      bindir: programs.bindir, madeDirectory: madeDirectory)
    // First of all, so that whatever happens next can be cleaned up.
    try marker.save(layout, account: account)
    try makeDirectories()
    // Before any server, so that an owner's death at any moment takes all of them with it.
    let launch = KeeperLaunch(layout: layout, account: account, options: options)
    let keeper = try launch.start(lifeline: lifeline)
    try await initialise()
    try await startServers()
    try await settle()
    try await settle(launch, keeper)
    var complete = marker
    let site = Site(layout: layout, marker: marker, account: account)
    for server in site.status().servers { complete.pids[server.name] = server.pid }
    complete.pids["keeper"] = keeper
    try complete.save(layout, account: account)
  }

  private func makeDirectories() throws {
    for path in [layout.repository, layout.log, layout.lock, layout.spool, layout.drills] {
      try FileTree.makeDirectory(path, account: account)
    }
    let sockets = layout.socketDirectory
    // A short socket directory has a name that others can foretell: take only one that is ours alone.
    if let entry = FileTree.entry(sockets) {
      guard entry.kind == .directory, entry.user == account.user, entry.mode & 0o077 == 0 else {
        throw RecoveryError(
          .refused, "\(sockets) exists and is not a private directory of \(account.name)",
          remedy: "remove it, or use a sandbox directory with a shorter path")
      }
    } else {
      try FileTree.makeDirectory(sockets, account: account)
    }
    let files = SandboxFiles(layout: layout, programs: programs, options: options)
    try FileTree.write(layout.backrestConfiguration, files.backrest(), account: account)
    try FileTree.write(layout.configuration, files.configuration(), account: account)
  }

  /// initdb once; the standbys are copies of the primary from before its first start, which is a cold backup
  /// with nothing to replay (0.4 s for two, where pg_basebackup needs 1.5 s and a running server).
  private func initialise() async throws {
    try await step("initialised the primary") {
      try await run(
        programs.program("initdb"),
        [
          "-D", layout.dataDirectory("primary"), "-U", SandboxLayout.superuser, "-A", "trust",
          "-k", "--no-sync", "--wal-segsize=\(options.segmentSizeMB)", "--locale=C.UTF-8",
          "-E", "UTF8", "--no-instructions",
        ], deadline: 60)
    }
    let title =
      standbys.isEmpty ? "created the repository" : "copied it to \(standbys.count) standbys"
    try await step(title) {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for name in standbys {
          group.addTask {
            let target = layout.dataDirectory(name)
            try await run("cp", ["-a", layout.dataDirectory("primary"), target], deadline: 60)
            try FileTree.write("\(target)/standby.signal", "", account: account)
          }
        }
        // Offline, so that the first segment finds its stanza.
        group.addTask { try await backrest(["--no-online", "stanza-create"], deadline: 60) }
        try await group.waitForAll()
      }
      let files = SandboxFiles(layout: layout, programs: programs, options: options)
      for (index, name) in instances.enumerated() {
        let path = "\(layout.dataDirectory(name))/postgresql.conf"
        try FileTree.write(path, files.server(index), account: account)
      }
    }
  }

  private func startServers() async throws {
    try await step("started the primary") {
      try await startServer("primary")
      let session = superuser("postgres")
      try await session.run(SandboxSchema.cluster(standbys: standbys), deadline: 30)
      await session.close()
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        try await step("created the schema with \(options.seedUsers) users") { try await seed() }
      }
      for name in standbys {
        group.addTask { try await step("started \(name)") { try await startServer(name) } }
      }
      try await group.waitForAll()
    }
  }

  private func seed() async throws {
    let owner = SandboxSession(
      layout: layout, port: SandboxLayout.firstPort, user: SandboxLayout.owner,
      database: SandboxLayout.database)
    // PostgreSQL 15 gives nobody CREATE on public but the database's owner; before, everybody has it.
    try await owner.run(SandboxSchema.tables(users: options.seedUsers), deadline: 120)
    await owner.close()
    let session = superuser(SandboxLayout.database)
    try await session.run(SandboxSchema.monitorGrants + ["ANALYZE"], deadline: 60)
    await session.close()
  }

  /// Ready means proven: a segment went to the repository, and all standbys stream.
  private func settle() async throws {
    let session = superuser("postgres")
    try await step("archived a WAL segment") {
      let segment = try await session.run(
        ["SELECT pg_walfile_name(pg_switch_wal())"], deadline: 10)
      let wanted = segment.rows.first?.first.flatMap { $0 } ?? ""
      let archived = """
        SELECT coalesce(last_archived_wal >= '\(wanted)', false) FROM pg_stat_archiver
        """
      try await wait(for: "\(wanted) to be archived", seconds: 30) {
        try await session.run([archived], deadline: 10).rows.first?.first == "t"
      }
    }
    if !standbys.isEmpty {
      try await step("standbys stream") {
        let streaming = """
          SELECT count(*) = \(standbys.count) FROM pg_stat_replication WHERE state = 'streaming'
          """
        try await wait(for: "the standbys to stream", seconds: 30) {
          try await session.run([streaming], deadline: 10).rows.first?.first == "t"
        }
      }
    }
    await session.close()
  }

  /// Returns when the keeper has written something.
  private func settle(_ launch: KeeperLaunch, _ pid: Int32) async throws {
    try await step("started the writer (\(rateText) transactions/s)") {
      let session = superuser(SandboxLayout.database)
      let count = ["SELECT count(*) FROM event"]
      let before = try await session.run(count, deadline: 10).rows
      try await wait(for: "the writer's first transaction", seconds: 10) {
        guard let process = ProcessTable.entry(pid), !process.isZombie else {
          launch.reap(pid)
          throw RecoveryError(.failed, "the writer ended at once: \(logTail("keeper"))")
        }
        if options.rate == 0 { return process.arguments.contains("keep") }
        return try await session.run(count, deadline: 10).rows != before
      }
      await session.close()
    }
  }

  private var rateText: String {
    options.rate == options.rate.rounded() ? String(Int(options.rate)) : String(options.rate)
  }
}

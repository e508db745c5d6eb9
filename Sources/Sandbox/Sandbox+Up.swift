import FoundationEssentials
import Glibc
import RecoveryModel

extension Sandbox {
  /// Makes the sandbox and waits until it is ready: all servers up, standbys streaming, a segment archived, the
  /// writer writing. A sandbox that runs is left as it is, and of one that died the servers are started again on their
  /// data; only what was never finished is removed first.
  /// When it fails or is cancelled it takes down what it made. `progress` may be called from any thread.
  /// Throws `RecoveryError`: invalid (path, options), refused (foreign directory, missing programs), failed.
  package func up(
    options: SandboxOptions = SandboxOptions(),
    progress: @escaping @Sendable (SandboxStep) -> Void = { _ in }
  ) async throws -> SandboxStatus {
    let start = ContinuousClock.now
    try Self.check(options)
    let layout = try SandboxLayout(directory: directory)
    let programs = try SandboxPrograms.find(bindir: options.bindir)
    var lock = try DirectoryLock(layout.directory)
    if let site = try Site.load(layout) {
      if let status = try await resume(site, options: options) { return status }
      if site.marker.isComplete {
        return try await revive(site, programs, options: options, since: start, progress)
      }
      try await clear(progress)
    }
    let build = SandboxBuild(
      layout: layout, programs: programs, options: options, processes: processes,
      progress: progress, lifeline: shared)
    let made = try build.claim()
    // The first lock was of a directory that is gone, or not there yet.
    if lock?.isStale(layout.directory) ?? true { lock = try DirectoryLock(layout.directory) }
    defer { lock?.release() }
    do {
      try await build.run(madeDirectory: made)
      var status = try Site.existing(layout.directory).status()
      guard status.isRunning else {
        throw RecoveryError(.failed, "a server of the sandbox ended while it was starting")
      }
      status.seconds = (ContinuousClock.now - start).inSeconds
      return status
    } catch {
      // Cleaning up must not be cut short by the cancellation that caused it.
      _ = await Task.detached { [self] in try? await down() }.value
      // Only left, and then empty, where not even the marker could be written.
      if made { rmdir(layout.directory) }
      throw error
    }
  }

  /// Removes what an earlier sandbox left. Throws `RecoveryError.failed` when something stays.
  private func clear(_ progress: @Sendable (SandboxStep) -> Void) async throws {
    let remains = try await down()
    guard remains.leftBehind.isEmpty else {
      throw RecoveryError(
        .failed,
        "the remains of an earlier sandbox could not be removed: "
          + remains.leftBehind.joined(separator: "; "))
    }
    progress(
      SandboxStep(
        title: "removed the remains of a sandbox that was never finished",
        seconds: remains.seconds))
  }

  /// Starts what does not run of a sandbox, on the data that it has, but for a primary that another took the place of.
  /// Throws `RecoveryError.failed` where a server does not come up, or has no data; nothing is removed then.
  private func revive(
    _ site: Site, _ programs: SandboxPrograms, options: SandboxOptions,
    since start: ContinuousClock.Instant, _ progress: @Sendable (SandboxStep) -> Void
  ) async throws -> SandboxStatus {
    let off = site.status().servers.filter { $0.pid == nil }
    for server in off {
      guard let successor = server.supersededBy else { continue }
      progress(
        SandboxStep(
          title:
            "\(server.name) stays off: \(successor) took its place, started it would be a second "
            + "primary",
          seconds: 0))
    }
    let dead = off.filter { $0.supersededBy == nil }.map(\.name)
    let empty = dead.filter { !site.hasData($0) }
    let server = SandboxServer(
      layout: site.layout, bindir: programs.bindir, account: site.account, processes: processes)
    for name in dead where !empty.contains(name) {
      let begin = ContinuousClock.now
      do { try await server.startOnceGone(name) } catch {
        throw RecoveryError(
          .failed,
          "\(dead.joined(separator: ", ")) of the sandbox in \(site.layout.directory) had ended, and "
            + "\(name) does not start again: see \(site.layout.log)/\(name).log; its data are as they "
            + "were",
          remedy: "pgvigil sandbox down --dir \(site.layout.directory) removes it with its data")
      }
      progress(
        SandboxStep(
          title: "\(name) had ended: started it again on its data",
          seconds: (ContinuousClock.now - begin).inSeconds))
    }
    guard empty.isEmpty else { throw Self.withoutData(empty, site) }
    guard var status = try await resume(site, options: options) else {
      throw RecoveryError(
        .failed, "a server of the sandbox in \(site.layout.directory) ended again at once",
        remedy: "look into \(site.layout.log); its data are as they were")
    }
    status.alreadyRunning = false
    status.seconds = (ContinuousClock.now - start).inSeconds
    return status
  }

  private static func withoutData(_ names: [String], _ site: Site) -> RecoveryError {
    let places = names.map(site.layout.dataDirectory).joined(separator: ", ")
    return RecoveryError(
      .failed,
      "\(names.joined(separator: ", ")) cannot be started: no data in \(places); the others run",
      remedy: "what can be done: pgvigil incident \(SandboxLayout.cluster) --config "
        + site.layout.configuration)
  }

  /// The status of a sandbox whose servers all run, its writer started again if that had died; nil otherwise.
  private func resume(_ site: Site, options: SandboxOptions) async throws -> SandboxStatus? {
    var status = site.status()
    guard status.servers.allSatisfy(\.isAsItShouldBe) else { return nil }
    if status.keeper == nil {
      try KeeperLaunch(layout: site.layout, account: site.account, options: options)
        .start(lifeline: shared)
      status = site.status()
    }
    status.alreadyRunning = true
    return status
  }

  private static func check(_ options: SandboxOptions) throws {
    let size = options.segmentSizeMB
    guard size >= 1, size <= 1024, size & (size - 1) == 0 else {
      throw RecoveryError(
        .invalid, "a WAL segment of \(size) MiB is impossible",
        remedy: "give a power of two from 1 to 1024")
    }
    guard (0...5).contains(options.standbys) else {
      throw RecoveryError(
        .invalid, "\(options.standbys) standbys are not supported", remedy: "give 0 to 5")
    }
    guard options.rate.isFinite, (0...1000).contains(options.rate) else {
      throw RecoveryError(
        .invalid, "a write rate of \(options.rate)/s is not supported", remedy: "give 0 to 1000")
    }
    guard (0...10_000_000).contains(options.seedUsers) else {
      throw RecoveryError(
        .invalid, "\(options.seedUsers) users are not supported", remedy: "give 0 to 10000000")
    }
  }
}

extension Duration {
  var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}

import Glibc
import RecoveryModel
import Transports

extension Sandbox {
  /// Stops everything of this sandbox and removes it: drills' leftovers, the writer, standbys, the primary;
  /// politely for 5 s, then immediately, then by SIGKILL. Safe to call again after anything.
  /// Throws `RecoveryError` (refused, denied) for a directory that is not a sandbox of ours, and for one that holds somebody's
  /// recovery or copy: that goes with it under `force` alone.
  package func down(force: Bool = false) async throws -> SandboxTeardown {
    let site = try Site.existing(directory)
    try site.refuseWhereKept(force: force)
    let start = ContinuousClock.now
    var report = SandboxTeardown()
    // Its pipe closed too early would make an owned keeper do this work a second time, beside us.
    await site.end(site.processes.keepers(), "the writer", &report)
    dropLifeline()
    await site.stopServers(&report)
    let segments = site.sharedMemory()
    await site.end(site.processes.workers(), "what ran in its directories", &report)
    for segment in segments {
      _ = try? await processes.run(
        ProcessRequest("ipcrm", ["-m", String(segment)], account: site.dropTo, deadline: 10))
      report.removed.append("shared memory segment \(segment)")
    }
    await removeFiles(site, &report)
    report.leftBehind = site.leftBehind(segments)
    report.seconds = (ContinuousClock.now - start).inSeconds
    return report
  }

  private func removeFiles(_ site: Site, _ report: inout SandboxTeardown) async {
    let layout = site.layout
    var places = [layout.directory]
    if !layout.socketDirectory.hasPrefix(layout.directory + "/"),
      let sockets = FileTree.entry(layout.socketDirectory), sockets.kind == .directory,
      sockets.user == site.account.user
    {
      places.insert(layout.socketDirectory, at: 0)
    }
    for place in places {
      let keeps = place == layout.directory && !site.marker.madeDirectory
      let names = FileTree.names(place) ?? []
      // The marker goes last: a removal that is cut short can be taken up again.
      let marker = names.filter { "\(place)/\($0)" == layout.marker }
      let others = names.filter { "\(place)/\($0)" != layout.marker }
      await remove(others.map { "\(place)/\($0)" }, site)
      if (FileTree.names(place) ?? []).count == marker.count {
        await remove(marker.map { "\(place)/\($0)" }, site)
      }
      if keeps || rmdir(place) == 0 { report.removed.append(place) }
    }
  }

  /// rm walks directories by descriptor and follows no symbolic link.
  private func remove(_ paths: [String], _ site: Site) async {
    guard !paths.isEmpty else { return }
    // Directories made unreadable by a fault switch are in the way of their owner, not of root.
    if geteuid() != 0 {
      _ = try? await processes.run(
        ProcessRequest("chmod", ["-R", "u+rwX", "--"] + paths, deadline: 60))
    }
    _ = try? await processes.run(
      ProcessRequest("rm", ["-rf", "--one-file-system", "--"] + paths, deadline: 120))
  }
}

extension Site {
  /// The account to run programs as; nil = we are it.
  var dropTo: Account? { geteuid() == account.user ? nil : account }

  /// Fast shutdown with 5 s, immediate with 3 s. (With the archive dead, a fast one alone waits for
  /// ever.) What then still runs is for `end`.
  func stopServers(_ report: inout SandboxTeardown) async {
    let running = processes.postmasters()
    guard !running.isEmpty else { return }
    for place in running.map(\.dataDirectory) {
      let name = place.split(separator: "/").last.map(String.init) ?? place
      report.removed.append("server \(name)")
    }
    let primary = layout.dataDirectory("primary")
    // A frozen server reads no signal but this one.
    for process in processes.workers() { ProcessTable.signal(process, SIGCONT) }
    // Drills and standbys first, so that the primary's shutdown need not feed them its last WAL.
    for server in running where server.dataDirectory != primary {
      ProcessTable.signal(server.process, SIGINT)
    }
    for server in running where server.dataDirectory == primary {
      ProcessTable.signal(server.process, SIGINT)
    }
    if await gone(running.map(\.process), seconds: 5) { return }
    for server in running { ProcessTable.signal(server.process, SIGQUIT) }
    _ = await gone(running.map(\.process), seconds: 3)
  }

  /// SIGTERM with 1 s, then SIGKILL with 3 s.
  func end(_ found: [ProcessEntry], _ what: String, _ report: inout SandboxTeardown) async {
    guard !found.isEmpty else { return }
    report.removed.append(what)
    for process in found { ProcessTable.signal(process, SIGTERM) }
    if await gone(found, seconds: 1) { return }
    for process in found { ProcessTable.signal(process, SIGKILL) }
    _ = await gone(found, seconds: 3)
  }

  /// Whether all ended in time. A zombie has ended; children of ours are reaped.
  private func gone(_ found: [ProcessEntry], seconds: Double) async -> Bool {
    let deadline = Deadline(seconds: seconds)
    while found.contains(where: ProcessTable.isAlive) {
      if deadline.passed { return false }
      try? await Task.sleep(for: .milliseconds(20))
    }
    for process in found { reap(process.pid) }
    return true
  }

  private func reap(_ pid: Int32) {
    var status: Int32 = 0
    _ = waitpid(pid, &status, WNOHANG)
  }

  /// SysV segments that killed servers of ours left: named in their postmaster.pid (7th line: key and id), and
  /// in the kernel's list still with that key, that owner and nobody attached.
  func sharedMemory() -> [Int] {
    let known = FileTree.text("/proc/sysvipc/shm").split(separator: "\n").dropFirst()
    return marker.instances.compactMap { instance in
      let path = "\(layout.dataDirectory(instance))/postmaster.pid"
      let lines = FileTree.text(path).split(separator: "\n", omittingEmptySubsequences: false)
      guard lines.count >= 7 else { return nil }
      let words = lines[6].split(separator: " ").compactMap { Int64($0) }
      guard words.count == 2, let id = Int(exactly: words[1]) else { return nil }
      let matches = known.contains { line in
        // key shmid perms size cpid lpid nattch uid ...; the key is printed signed.
        let fields = line.split(separator: " ").compactMap { Int64($0) }
        return fields.count > 7
          && Int32(truncatingIfNeeded: fields[0])
            == Int32(truncatingIfNeeded: words[0])
          && fields[1] == words[1]
          && fields[7] == Int64(account.user)
      }
      return matches ? id : nil
    }
  }

  /// What a look around still finds.
  func leftBehind(_ segments: [Int]) -> [String] {
    var left = processes.keepers().map { "the writer, process \($0.pid)" }
    left += processes.postmasters().map {
      "server in \($0.dataDirectory), process \($0.process.pid)"
    }
    left += processes.workers().map { "process \($0.pid) (\($0.name))" }
    let remaining = FileTree.text("/proc/sysvipc/shm").split(separator: "\n").dropFirst()
      .compactMap { $0.split(separator: " ").dropFirst().first.flatMap { Int($0) } }
    left += segments.filter(remaining.contains).map { "shared memory segment \($0)" }
    if FileTree.exists(layout.socketDirectory) { left.append(layout.socketDirectory) }
    if marker.madeDirectory {
      if FileTree.exists(layout.directory) { left.append(layout.directory) }
    } else {
      left += (FileTree.names(layout.directory) ?? []).map { "\(layout.directory)/\($0)" }
    }
    return left
  }
}

extension FileTree {
  /// Empty where there is nothing to read.
  static func text(_ path: String) -> String {
    String(decoding: (try? read(path)).flatMap { $0 } ?? [], as: UTF8.self)
  }
}

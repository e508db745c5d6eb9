import Glibc
import RecoveryModel
import Transports

/// Stops and removes a throw-away copy, and proves it by looking again.
struct CopyDestroyer: Sendable {
  var owner: Account
  /// nil = as we are.
  var account: Account?
  var processes: ProcessRunner

  private static let attempts = 4

  struct Report: Sendable, Equatable {
    var removed: [String] = []
    var remaining: [String] = []
  }

  /// Called only for a directory that carries our mark, and in a task that nobody cancels.
  func destroy(_ directory: DrillDirectory) async -> Report {
    var report = Report()
    let memory = CopyServer.sharedMemory(of: directory)
    let server = recordedServer(of: directory)
    if await stop(directory) { report.removed.append("the server in \(directory.data)") }
    if let memory, let server, release(memory, createdBy: server) {
      report.removed.append("shared memory segment \(memory)")
    }
    directory.unsealTablespaces()
    for path in [directory.path, directory.socketDirectory] where FileText.facts(path) != nil {
      guard path == directory.path || isOurs(path) else {
        report.remaining.append("\(path): not ours, left alone")
        continue
      }
      var reason = ""
      // A server that was only just starting may still write while its files go: stop it and try again.
      for attempt in 0..<Self.attempts where FileText.facts(path) != nil {
        if attempt > 0 { _ = await stop(directory) }
        reason = await remove(path)
        // The account may empty its directory, but not always take it out of the place it stands in.
        rmdir(path)
      }
      if FileText.facts(path) == nil {
        report.removed.append(path)
      } else {
        report.remaining.append("\(path): \(reason)")
      }
    }
    for pid in DrillProcesses.working(in: directory.path, user: owner.user) {
      report.remaining.append("process \(pid) in \(directory.path)")
    }
    return report
  }

  /// Immediate shutdown, then SIGKILL; true when something ran.
  private func stop(_ directory: DrillDirectory) async -> Bool {
    if let postmaster = CopyServer.postmaster(of: directory) {
      kill(postmaster, SIGQUIT)
      // One that is stopped hears it only now.
      kill(postmaster, SIGCONT)
    }
    var found = DrillProcesses.working(in: directory.path, user: owner.user)
    let ran = !found.isEmpty
    // 1.5 s for the shutdown (0.1 to 0.5 s when measured), 2 s more for what had to be killed: whoever ends us waits 5 s.
    for step in 0..<350 where !found.isEmpty {
      if step >= 150 || CopyServer.postmaster(of: directory) == nil && step >= 100 {
        for pid in found { kill(pid, SIGKILL) }
      }
      try? await Task.sleep(for: .milliseconds(10))
      found = DrillProcesses.working(in: directory.path, user: owner.user)
    }
    return ran
  }

  private func recordedServer(of directory: DrillDirectory) -> Int32? {
    FileText.read(directory.data + "/postmaster.pid", following: false)?
      .split(separator: "\n").first.flatMap { Int32($0.trimmed) }
  }

  /// Removes the System V segment of a server that was killed; true when it did.
  private func release(_ identifier: Int32, createdBy server: Int32) -> Bool {
    var facts = shmid_ds()
    guard shmctl(identifier, IPC_STAT, &facts) == 0, facts.shm_nattch == 0,
      facts.shm_cpid == server, facts.shm_perm.uid == owner.user
    else { return false }
    return shmctl(identifier, IPC_RMID, nil) == 0
  }

  private func isOurs(_ path: String) -> Bool {
    guard let facts = FileText.facts(path) else { return false }
    return facts.st_mode & S_IFMT == S_IFDIR && facts.st_uid == owner.user
      && path.split(separator: "/").contains { $0.hasPrefix(DrillMark.directoryPrefix) }
  }

  /// As the account, so that nothing but what it may touch can go; the reason when that failed.
  private func remove(_ path: String) async -> String {
    let request = ProcessRequest(
      "rm", ["-rf", "--one-file-system", "--", path], account: account, deadline: 3600)
    do {
      let result = try await processes.run(request)
      return result.error.isEmpty ? "rm ended with \(result.status)" : result.error.trimmed
    } catch {
      return "\(error)"
    }
  }
}

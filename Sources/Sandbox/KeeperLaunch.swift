import Glibc
import LocalFiles
import RecoveryModel
import Transports

/// Starts `pgvigil sandbox keep DIRECTORY` in a session of its own, so that it outlives us; an owned one reads
/// our pipe and takes the sandbox down when that ends.
struct KeeperLaunch: Sendable {
  let layout: SandboxLayout
  let account: Account
  let options: SandboxOptions

  /// Returns the keeper's process id. Throws `RecoveryError.failed`.
  @discardableResult
  func start(lifeline: Lifeline) throws -> Int32 {
    let program = try executable()
    var words = [program, "sandbox", "keep", layout.directory]
    if options.owned { words.append("--owned") }
    words = dropping(program) + words
    var ends: [Int32] = [-1, -1]
    if options.owned {
      guard pipe(&ends) == 0 else { throw failed("make a pipe", errno) }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }
    let log = try openLog()
    defer {
      close(log)
      if ends[0] >= 0 { close(ends[0]) }
    }
    do {
      let pid = try spawn(words, input: options.owned ? ends[0] : nil, log: log)
      if options.owned { lifeline.hold(ends[1]) }
      return pid
    } catch {
      if ends[1] >= 0 { close(ends[1]) }
      throw error
    }
  }

  /// Takes the exit status of a keeper that has ended, so that it does not stay a zombie of ours.
  func reap(_ pid: Int32) {
    var status: Int32 = 0
    _ = waitpid(pid, &status, WNOHANG)
  }

  private func executable() throws -> String {
    if let given = options.keeperExecutable { return given }
    guard let own = LocalFile.link("/proc/self/exe"), access(own, X_OK) == 0 else {
      throw RecoveryError(
        .failed, "the running program's file is gone, so the writer cannot be started",
        remedy: "start pgvigil again")
    }
    return own
  }

  /// The writer needs no rights beyond the account's, so root gives its own up where the account can run the
  /// program at all. (A build directory under /root cannot be entered by it: then the keeper stays root; it
  /// runs the same teardown as `down` by root does, and reads no more of the directory than that.)
  private func dropping(_ program: String) -> [String] {
    guard geteuid() == 0, account.user != 0, let file = FileTree.entry(program),
      account.permits(file, bit: 0o5), account.canEnter(SandboxLayout.parent(of: program)),
      let setpriv = SandboxPrograms.onPath("setpriv")
    else { return [] }
    return [
      setpriv, "--reuid=\(account.user)", "--regid=\(account.group)", "--clear-groups",
      "--no-new-privs", "--",
    ]
  }

  private func openLog() throws -> Int32 {
    let path = "\(layout.log)/keeper.log"
    let flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC
    let file = open(path, flags, 0o600)
    guard file >= 0 else { throw FileTree.failure("write", path) }
    if geteuid() == 0 { _ = fchown(file, account.user, account.group) }
    return file
  }

  private func spawn(_ words: [String], input: Int32?, log: Int32) throws -> Int32 {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let input {
      posix_spawn_file_actions_adddup2(&actions, input, 0)
    } else {
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    }
    posix_spawn_file_actions_adddup2(&actions, log, 1)
    posix_spawn_file_actions_adddup2(&actions, log, 2)
    for descriptor in inherited() { posix_spawn_file_actions_addclose(&actions, descriptor) }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    // POSIX_SPAWN_SETSID is 0x80 in glibc (2.26 and later) and not imported.
    let flags = Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF) | 0x80
    posix_spawnattr_setflags(&attributes, Int16(flags))

    var arguments = words.map { strdup($0) } + [nil]
    var environment = Self.environment.map { strdup($0) } + [nil]
    defer { (arguments + environment).forEach { free($0) } }
    var pid = pid_t()
    let code = posix_spawn(&pid, words[0], &actions, &attributes, &arguments, &environment)
    guard code == 0 else { throw failed("start \(words[0])", code) }
    return pid
  }

  /// Open descriptors that would survive exec: the terminal and sockets are none of the keeper's business.
  private func inherited() -> [Int32] {
    (FileTree.names("/proc/self/fd") ?? []).compactMap { Int32($0) }.filter {
      let flags = fcntl($0, F_GETFD)
      return $0 > 2 && flags >= 0 && flags & FD_CLOEXEC == 0
    }
  }

  private static let environment = [
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=/",
  ]

  private func failed(_ verb: String, _ code: Int32) -> RecoveryError {
    RecoveryError(.failed, "cannot \(verb): \(String(cString: strerror(code)))")
  }
}

import RecoveryModel
import Transports

extension SandboxBuild {
  func step<Value: Sendable>(
    _ title: String, _ body: () async throws -> Value
  ) async throws -> Value {
    let start = ContinuousClock.now
    let value = try await body()
    progress(SandboxStep(title: title, seconds: (ContinuousClock.now - start).inSeconds))
    return value
  }

  func superuser(_ database: String) -> SandboxSession {
    SandboxSession(
      layout: layout, port: SandboxLayout.firstPort, user: SandboxLayout.superuser,
      database: database)
  }

  /// Asks every 25 ms. Throws `RecoveryError.timedOut` with the servers' last words.
  func wait(
    for what: String, seconds: Double, _ condition: () async throws -> Bool
  ) async throws {
    let deadline = Deadline(seconds: seconds)
    while try await !condition() {
      if deadline.passed {
        throw RecoveryError(
          .timedOut,
          "waited \(Int(seconds)) s for \(what); the primary's log ends: "
            + logTail("primary"))
      }
      try await Task.sleep(for: .milliseconds(25))
    }
  }

  func startServer(_ instance: String) async throws {
    do {
      try await SandboxServer(
        layout: layout, bindir: programs.bindir, account: account, processes: processes
      ).start(instance)
    } catch let error as RecoveryError where error.code == .failed {
      throw RecoveryError(
        .failed, "\(instance) did not start; its log ends: \(logTail(instance))")
    }
  }

  func backrest(_ arguments: [String], deadline: Double) async throws {
    try await run(
      programs.pgbackrest,
      ["--config=\(layout.backrestConfiguration)", "--stanza=\(SandboxLayout.cluster)"]
        + arguments, deadline: deadline)
  }

  /// Runs a program as the account. Throws `RecoveryError.failed` with what it said.
  func run(_ executable: String, _ arguments: [String], deadline: Double) async throws {
    try await processes.runQuietly(
      ProcessRequest(
        executable, arguments, environment: SandboxServer.environment, account: account,
        deadline: deadline))
  }

  func logTail(_ name: String) -> String {
    let bytes = (try? FileTree.read("\(layout.log)/\(name).log")).flatMap { $0 } ?? []
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    return lines.isEmpty ? "(empty)" : lines.suffix(4).joined(separator: " | ")
  }
}

/// Starts and promotes the servers of a sandbox.
struct SandboxServer: Sendable {
  /// What a person's environment must not change.
  static let environment = ["LC_ALL": "C.UTF-8", "PGOPTIONS": "", "PGHOSTADDR": ""]

  let layout: SandboxLayout
  let bindir: String
  let account: Account
  let processes: ProcessRunner

  /// Waits until it accepts connections. pg_ctl gives the server a session of its own, so it outlives us.
  func start(_ instance: String) async throws {
    try await control(["-l", "\(layout.log)/\(instance).log", "-w", "-t", "60", "start"], instance)
  }

  /// The same of a server that has just been killed: until nobody has its process and its memory any more, PostgreSQL
  /// takes it for running and refuses.
  func startOnceGone(_ instance: String) async throws {
    let deadline = Deadline(seconds: 10)
    while true {
      do { return try await start(instance) } catch {
        guard !deadline.passed, !Task.isCancelled else { throw error }
      }
      try await Task.sleep(for: .milliseconds(250))
    }
  }

  func control(_ arguments: [String], _ instance: String) async throws {
    let common = ["-D", layout.dataDirectory(instance), "-s"]
    try await processes.runQuietly(
      ProcessRequest(
        "\(bindir)/pg_ctl", common + arguments, environment: Self.environment, account: account,
        deadline: 90))
  }
}

extension ProcessRunner {
  /// Throws `RecoveryError.failed` with the program's last words unless it ends with 0.
  func runQuietly(_ request: ProcessRequest) async throws {
    let result = try await run(request)
    guard result.status == 0 else {
      let name = request.executable.split(separator: "/").last.map(String.init) ?? ""
      let said = (result.error + "\n" + result.output).split(separator: "\n").prefix(4)
      throw RecoveryError(
        .failed, "\(name) ended with status \(result.status): " + said.joined(separator: " | "))
    }
  }
}

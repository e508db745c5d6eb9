import Kubernetes
import RecoveryModel
import Transports

/// How a drill asks its copy: by its service, through a tunnel, or by psql in the copy's own pod.
///
/// One session for each database, kept to the end: a tunnel to PostgreSQL over TLS ends with the first connection that
/// closes, because the backend leaves the client's goodbye unread and the kernel answers that with a reset. A tunnel that
/// is lost all the same is opened anew and the question put again: all of them only read.
actor CopyLink {
  struct Login: Sendable {
    var user: String
    var password: Secret
  }

  private let operations: CloudNativePGOperations
  private let order: ClusterDrillOrder
  private let pod: String
  private let login: Login
  private let tell: @Sendable (String) -> Void
  private var forward: PortForward?
  private var sessions: [String: SQLClient] = [:]
  /// The second road, once the first is given up, and why that was.
  private var exec: CopyExec?
  private var detour = ""
  /// Why the copy cannot be asked any more, where that is not its own fault.
  private(set) var loss: String?

  /// Tunnels that one question may use up.
  private static let attempts = 3

  init(
    operations: CloudNativePGOperations, order: ClusterDrillOrder, pod: String, login: Login,
    tell: @escaping @Sendable (String) -> Void
  ) {
    self.operations = operations
    self.order = order
    self.pod = pod
    self.login = login
    self.tell = tell
  }

  private var limits: OperationLimits { operations.limits }

  /// Closing it changes nothing: `end` does. Throws as every client does where the copy answered; `cancelled` with
  /// `loss` where it could not be asked.
  nonisolated func client(_ database: String) -> SQLClient {
    SQLClient(query: { try await self.ask(database, $0, $1) }, close: {})
  }

  func end() async { await drop() }

  // MARK: Asking

  private func ask(_ database: String, _ sql: String, _ seconds: Double) async throws -> SQLRows {
    if let loss { throw RecoveryError(.cancelled, loss) }
    if let exec { return try await ask(exec, database, sql, seconds) }
    var last = ""
    for attempt in 1...Self.attempts {
      if attempt > 1 {
        tell("the way to the copy was lost, and is tried anew: \(last)")
        try await Task.sleep(for: .seconds(limits.tick))
      }
      switch await attempted(database, sql, seconds) {
      case .answered(let rows): return rows
      case .refused(let error): throw error
      case .podIsGone(let words): throw lost(words)
      case .lost(let words, let mayReturn):
        last = words
        await drop()
        guard mayReturn else { return try await askOtherwise(last, database, sql, seconds) }
      }
    }
    return try await askOtherwise(last, database, sql, seconds)
  }

  private func lost(_ words: String) -> RecoveryError {
    loss = words
    return RecoveryError(.cancelled, words)
  }

  private enum Attempt {
    case answered(SQLRows)
    /// By the copy itself, or nobody wants to know any more.
    case refused(RecoveryError)
    case podIsGone(String)
    case lost(String, mayReturn: Bool)
  }

  private func attempted(_ database: String, _ sql: String, _ seconds: Double) async -> Attempt {
    let session: SQLClient
    do { session = try await self.session(database) } catch {
      guard error.code != .cancelled, !Task.isCancelled else { return .refused(error) }
      if let words = await CopyHealth(operations, order, pod).absence() { return .podIsGone(words) }
      // What nobody allows, or what does not come within its time, comes no sooner the second time.
      let isBroken = error.code == .unreachable && operations.kubectlFailure == nil
      return .lost("\(error)", mayReturn: isBroken)
    }
    do { return .answered(try await session.query(sql, seconds)) } catch let error as RecoveryError
    {
      return await judged(error, database)
    } catch {
      return .refused(RecoveryError(.failed, "\(error)"))
    }
  }

  /// Whether an error is the copy's answer.
  private func judged(_ error: RecoveryError, _ database: String) async -> Attempt {
    guard !Task.isCancelled else { return .refused(error) }
    switch error.code {
    case .unreachable: break
    case .timedOut where !error.isServersOwn:
      // Slow, or out of reach? A new question on a way of its own tells.
      if forward?.breakage == nil, await answers(database) { return .refused(error) }
    default: return .refused(error)
    }
    let health = CopyHealth(operations, order, pod)
    if let words = await health.absence() { return .podIsGone(words) }
    let end = await forward?.end(within: limits.forwardEnd)
    let breakage = forward?.breakage
    let isRefused =
      PortForwardEnd.isRefusal(breakage)
      || operations.isInCluster && error.detail == .connectionRefused
    var death = isRefused ? breakage ?? error.message : nil
    if error.isServersOwn {
      // It shuts down, or comes back from a crash; any other refusal is one.
      guard error.sqlState?.hasPrefix("57P0") == true else { return .refused(error) }
      death = error.message
    }
    if death == nil { death = await health.death() }
    if let death {
      return .refused(
        RecoveryError(
          .failed,
          "the copy's PostgreSQL went away: \(death); if a new drill ends so too, see its pod's log "
            + "while the tests run, and its memory limit"))
    }
    return .lost(end.map { "\($0.error)" } ?? breakage ?? "\(error)", mayReturn: true)
  }

  private func answers(_ database: String) async -> Bool {
    guard let address = address(database) else { return false }
    let probe = operations.connect(address, login.password)
    let answer = try? await probe.query("SELECT 1", limits.probe)
    // Not closed in a tunnel: that would be its end.
    if forward == nil { await probe.close() } else { sessions["probe \(sessions.count)"] = probe }
    return answer != nil
  }

  // MARK: Sessions

  private func session(_ database: String) async throws(RecoveryError) -> SQLClient {
    if let session = sessions[database] { return session }
    if !operations.isInCluster, forward == nil {
      do {
        forward = try await PortForward.open(
          to: operations.site.forwardTarget(pod: pod, namespace: order.namespace),
          kubectl: operations.kubectl, processes: operations.processes, deadline: limits.forward,
          lifetime: operations.site.declaration.drill.timeout + 60)
      } catch {
        throw error as? RecoveryError ?? RecoveryError(.unreachable, "\(error)")
      }
    }
    guard let address = address(database) else {
      throw RecoveryError(.unreachable, "there is no way to the copy")
    }
    let session = operations.connect(address, login.password)
    sessions[database] = session
    return session
  }

  private func address(_ database: String) -> [String: String]? {
    var address = [
      "user": login.user, "port": "5432", "dbname": database,
      "application_name": "pgvigil drill", "connect_timeout": "10",
      // A ticket that lies about here is not for the copy.
      "gssencmode": "disable",
    ]
    if operations.isInCluster {
      address["host"] = "\(order.copy)-rw.\(order.namespace).svc"
      address["sslmode"] = "require"
      return address
    }
    guard let forward else { return nil }
    address["host"] = "127.0.0.1"
    address["port"] = forward.port
    // Plain first, where the copy takes that: the tunnel itself is encrypted and ends at the pod's loopback, and TLS
    // within it costs the tunnel when a connection closes.
    address["sslmode"] = "allow"
    return address
  }

  private func drop() async {
    let (old, tunnel) = (sessions.values, forward)
    sessions = [:]
    forward = nil
    for session in old { await session.close() }
    await tunnel?.end()
  }

  // MARK: The second road

  private func askOtherwise(
    _ words: String, _ database: String, _ sql: String, _ seconds: Double
  ) async throws -> SQLRows {
    let rights = AccessRight.of(AccessRules.exec, in: order.namespace)
    let check = try? await AccessCheck.ask(rights, operations.site.client)
    guard !operations.isInCluster, operations.kubectlFailure == nil, check?.missing == [] else {
      let advice =
        operations.isInCluster || check?.missing == []
        ? "" : " (a second road, psql in the copy, wants pods/exec: pgvigil manifest rbac --exec)"
      throw lost(words + advice)
    }
    tell("the copy is asked by kubectl exec now: \(words)")
    let exec = CopyExec(
      site: operations.site, namespace: order.namespace, pod: pod, kubectl: operations.kubectl,
      processes: operations.processes)
    self.exec = exec
    detour = words
    return try await ask(exec, database, sql, seconds)
  }

  private func ask(
    _ exec: CopyExec, _ database: String, _ sql: String, _ seconds: Double
  ) async throws -> SQLRows {
    do { return try await exec.query(sql, in: database, seconds) } catch let error as RecoveryError
    {
      guard error.code == .unreachable, !Task.isCancelled else { throw error }
      if let words = await CopyHealth(operations, order, pod).absence() { throw lost(words) }
      throw lost("\(detour); by the second road: \(error)")
    }
  }
}

extension RecoveryError {
  /// PostgreSQL said it: an error of its own has its state.
  fileprivate var isServersOwn: Bool { sqlState != nil }
}

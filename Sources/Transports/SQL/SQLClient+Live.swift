import RecoveryModel
import Synchronization

extension SQLClient {
  /// A client of a real server over libpq. `conninfo` holds libpq keywords (`service` works, and libpq reads
  /// the PG* environment and ~/.pgpass by itself). Sessions are read-only unless `readOnly` is false.
  ///
  /// The client owns one thread, which ends with the last copy of the client.
  package static func live(
    conninfo: [String: String], password: Secret? = nil, application: String = "pgvigil",
    readOnly: Bool = true
  ) -> SQLClient {
    let session = SQLSession(
      conninfo: conninfo, secret: password, application: application, readOnly: readOnly)
    let gate = AnswerGate(target: session.target)
    return SQLClient(
      query: { sql, seconds in
        try await gate.answer(within: seconds) { try await session.query(sql, seconds: seconds) }
      },
      close: { await session.close() })
  }
}

/// The state of one client, on a thread of its own.
private actor SQLSession {
  private let executor = BlockingExecutor()
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// Where it connects to, for messages: no password.
  nonisolated let target: String
  private let parameters: [(String, String)]
  private let secret: Secret?
  private let readOnly: Bool
  private var connection: PostgresConnection?
  /// `statement_timeout` of the open session, in milliseconds.
  private var statementTimeout = 0

  init(conninfo: [String: String], secret: Secret?, application: String, readOnly: Bool) {
    let embedded = conninfo["password"].map { Secret($0) }
    let secret = secret ?? embedded
    self.secret = secret
    self.readOnly = readOnly
    target = Self.describe(conninfo)
    var keywords = conninfo
    keywords["application_name"] = conninfo["application_name"] ?? application
    keywords["client_encoding"] = "UTF8"
    // Bounds what our own deadline cannot reach: a cancel request or a goodbye to a host that is gone.
    keywords["tcp_user_timeout"] = conninfo["tcp_user_timeout"] ?? "10000"
    keywords["password"] = secret?.revealed
    parameters = keywords.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  func query(_ sql: String, seconds: Double) throws -> SQLRows {
    let deadline = Deadline(seconds: seconds)
    if let connection, !connection.isOpen { self.connection = nil }
    do {
      return try attempt(sql, deadline: deadline, seconds: seconds, reused: connection != nil)
    } catch let error as RecoveryError {
      if let connection, !connection.isOpen || !connection.drained { self.connection = nil }
      throw error
    }
  }

  func close() { connection = nil }

  /// A connection that a restart or a failover cut is noticed only when it is used: then once more, anew.
  private func attempt(
    _ sql: String, deadline: Deadline, seconds: Double, reused: Bool
  ) throws -> SQLRows {
    let current = try open(deadline: deadline)
    do {
      try limit(current, deadline: deadline, seconds: seconds)
      return try current.query(sql, deadline: deadline, seconds: seconds)
    } catch let error as RecoveryError {
      guard reused, error.code == .unreachable, !current.isOpen, !deadline.passed else {
        throw error
      }
      connection = nil
      return try attempt(sql, deadline: deadline, seconds: seconds, reused: false)
    }
  }

  private func open(deadline: Deadline) throws -> PostgresConnection {
    if let connection { return connection }
    let fresh = try PostgresConnection(
      parameters: parameters, secret: secret, target: target, deadline: deadline)
    if readOnly {
      _ = try fresh.query(
        "SET default_transaction_read_only = on", deadline: deadline, seconds: deadline.remaining)
    }
    statementTimeout = 0
    connection = fresh
    return fresh
  }

  /// The server stops by itself what we no longer wait for, even when we cannot tell it to.
  private func limit(
    _ current: PostgresConnection, deadline: Deadline, seconds: Double
  ) throws {
    let wanted = Int(min(max(seconds, 0.001) * 1000, 2e9).rounded(.up))
    guard wanted != statementTimeout else { return }
    _ = try current.query(
      "SET statement_timeout = \(wanted)", deadline: deadline, seconds: seconds)
    statementTimeout = wanted
  }

  private static func describe(_ conninfo: [String: String]) -> String {
    if let service = conninfo["service"] { return "service \(service)" }
    let host = conninfo["host"] ?? conninfo["hostaddr"] ?? "the local server"
    guard let port = conninfo["port"] else { return host }
    return "\(host):\(port)"
  }
}

/// Gives an answer back at its deadline even when the thread below is stuck in a C call that has none (name
/// resolution). Until that call returns, later questions fail at once instead of queueing up.
private final class AnswerGate: Sendable {
  /// Seconds past the deadline that the session has for its own, better worded timeout: the time to
  /// cancel a statement and drain.
  private static let grace = 1.0

  private let target: String
  private let stuck = Mutex(false)

  init(target: String) { self.target = target }

  func answer(
    within seconds: Double, _ ask: @escaping @Sendable () async throws -> SQLRows
  ) async throws -> SQLRows {
    if stuck.withLock({ $0 }) { throw timeout(seconds) }
    let once = Once()
    let work = Task {
      do { once.finish(.success(try await ask())) } catch { once.finish(.failure(error)) }
      stuck.withLock { $0 = false }
    }
    let timer = Task { [self] in
      try? await Task.sleep(for: .seconds(max(0, seconds) + Self.grace))
      if Task.isCancelled { return }
      if once.isOpen { stuck.withLock { $0 = true } }
      once.finish(.failure(timeout(seconds)))
    }
    defer { timer.cancel() }
    return try await withTaskCancellationHandler {
      try await once.value()
    } onCancel: {
      work.cancel()
    }
  }

  private func timeout(_ seconds: Double) -> RecoveryError {
    RecoveryError(
      .timedOut, "\(target) did not answer within \(Format.duration(seconds))",
      remedy: "check name resolution, the network path and the server's load")
  }
}

/// A value that the first of several tasks sets.
private final class Once: Sendable {
  private enum State {
    case open
    case awaited(CheckedContinuation<SQLRows, any Error>)
    case done(Result<SQLRows, any Error>)
  }

  private let state = Mutex(State.open)

  var isOpen: Bool {
    state.withLock { if case .done = $0 { false } else { true } }
  }

  func finish(_ result: Result<SQLRows, any Error>) {
    let waiting: CheckedContinuation<SQLRows, any Error>? = state.withLock { state in
      switch state {
      case .open:
        state = .done(result)
        return nil
      case .awaited(let continuation):
        state = .done(result)
        return continuation
      case .done: return nil
      }
    }
    waiting?.resume(with: result)
  }

  /// Called once.
  func value() async throws -> SQLRows {
    try await withCheckedThrowingContinuation { continuation in
      let ready: Result<SQLRows, any Error>? = state.withLock { state in
        if case .done(let result) = state { return result }
        state = .awaited(continuation)
        return nil
      }
      if let ready { continuation.resume(with: ready) }
    }
  }
}

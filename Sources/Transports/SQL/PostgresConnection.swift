import CPostgres
import Glibc
import RecoveryModel

/// One libpq connection, driven without blocking beyond a deadline. Not thread-safe: `SQLSession` owns it.
/// Opening may block in name resolution, which libpq does before it hands out a socket.
package final class PostgresConnection {
  /// Everything but the password, for messages.
  private let target: String
  private let handle: OpaquePointer
  private let cancelling = CancelFlag()

  /// Connects. Throws `RecoveryError` (unreachable, denied, timedOut, cancelled).
  package init(
    parameters: [(String, String)], secret: Secret?, target: String, deadline: Deadline
  ) throws {
    self.target = target
    var keywords: [UnsafePointer<CChar>?] = []
    var values: [UnsafePointer<CChar>?] = []
    var owned: [UnsafeMutablePointer<CChar>] = []
    defer { owned.forEach { free($0) } }
    for (keyword, value) in parameters {
      guard let name = strdup(keyword), let text = strdup(value) else { continue }
      owned += [name, text]
      keywords.append(UnsafePointer(name))
      values.append(UnsafePointer(text))
    }
    keywords.append(nil)
    values.append(nil)
    // expand_dbname 0: a database name is never read as a connection string.
    guard let connection = PQconnectStartParams(keywords, values, 0) else {
      throw RecoveryError(.failed, "libpq is out of memory")
    }
    handle = connection
    // Verbose messages carry the SQLSTATE, which unlike the words is the same in every locale.
    PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
    PQsetNoticeProcessor(handle, { _, _ in }, nil)
    try finishConnecting(deadline: deadline, secret: secret)
    PQsetnonblocking(handle, 1)
  }

  deinit { PQfinish(handle) }

  package var isOpen: Bool { PQstatus(handle) == CONNECTION_OK }

  /// Runs one statement to its end. On a timeout the statement is cancelled; a connection that does not
  /// come back to rest within half a second is left unusable (`isOpen` is then meaningless: drop it).
  package func query(_ sql: String, deadline: Deadline, seconds: Double) throws -> SQLRows {
    guard PQsendQueryParams(handle, sql, 0, nil, nil, nil, nil, 0) == 1 else { throw lost() }
    try flush(deadline: deadline, seconds: seconds)
    var answer: SQLRows?
    var failure: RecoveryError?
    while true {
      try waitForResult(deadline: deadline, seconds: seconds)
      guard let result = PQgetResult(handle) else { break }
      defer { PQclear(result) }
      switch PQresultStatus(result) {
      case PGRES_TUPLES_OK: answer = Self.rows(result)
      case PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: answer = answer ?? SQLRows(columns: [], rows: [])
      default: failure = failure ?? ServerMessage(result: result).error(target: target)
      }
    }
    if let failure { throw failure }
    return answer ?? SQLRows(columns: [], rows: [])
  }

  private func finishConnecting(deadline: Deadline, secret: Secret?) throws {
    var next = PGRES_POLLING_WRITING
    while next != PGRES_POLLING_OK {
      if PQstatus(handle) == CONNECTION_BAD || next == PGRES_POLLING_FAILED {
        let text = String(cString: PQerrorMessage(handle))
        throw ServerMessage(text: text, secret: secret).connectError(target: target)
      }
      let events = next == PGRES_POLLING_READING ? POLLIN : POLLOUT
      guard try wait(for: events, deadline: deadline) else {
        throw RecoveryError(
          .timedOut, "\(target) accepted the connection request but did not answer in time",
          remedy: "check that the server is not overloaded or stopped, and the network path to it")
      }
      next = PQconnectPoll(handle)
    }
  }

  private func flush(deadline: Deadline, seconds: Double) throws {
    while true {
      let status = PQflush(handle)
      if status == 0 { return }
      if status < 0 { throw lost() }
      guard try wait(for: POLLOUT | POLLIN, deadline: deadline) else {
        throw abandon(seconds: seconds)
      }
      if PQconsumeInput(handle) == 0 { throw lost() }
    }
  }

  private func waitForResult(deadline: Deadline, seconds: Double) throws {
    while PQisBusy(handle) == 1 {
      do {
        guard try wait(for: POLLIN, deadline: deadline) else { throw abandon(seconds: seconds) }
      } catch let error as RecoveryError where error.code == .cancelled {
        _ = abandon(seconds: seconds)
        throw error
      }
      if PQconsumeInput(handle) == 0 { throw lost() }
    }
  }

  /// False when the deadline passed. Looks up every 100 ms whether its task was cancelled.
  private func wait(for events: Int32, deadline: Deadline) throws -> Bool {
    while !deadline.passed {
      if Task.isCancelled {
        throw RecoveryError(.cancelled, "the query to \(target) was cancelled")
      }
      var entry = pollfd(fd: PQsocket(handle), events: Int16(events), revents: 0)
      let slice = Int32(min(100, (deadline.remaining * 1000).rounded(.up)))
      let ready = poll(&entry, 1, slice)
      if ready > 0 { return true }
      if ready < 0 && errno != EINTR { return true }
    }
    return false
  }

  /// Asks the server to stop the statement and waits half a second for the answer.
  private func abandon(seconds: Double) -> RecoveryError {
    requestCancel()
    let rest = Deadline(seconds: 0.5)
    drained = drain(until: rest)
    return RecoveryError(
      .timedOut, "\(target) did not answer within \(Format.duration(seconds))",
      remedy: "check the server's load and locks, and the network path to it")
  }

  /// False after a statement that could not be brought to rest: this connection must be dropped.
  private(set) var drained = true

  private func drain(until rest: Deadline) -> Bool {
    while !rest.passed {
      while PQisBusy(handle) == 0 {
        guard let result = PQgetResult(handle) else { return true }
        PQclear(result)
      }
      var entry = pollfd(fd: PQsocket(handle), events: Int16(POLLIN), revents: 0)
      _ = poll(&entry, 1, Int32((rest.remaining * 1000).rounded(.up)))
      if PQconsumeInput(handle) == 0 { return false }
    }
    return false
  }

  /// PQcancel makes a connection of its own and blocks without a limit, so it gets its own thread; never
  /// more than one at a time for a connection.
  private func requestCancel() {
    guard cancelling.begin(), let request = PQgetCancel(handle) else { return }
    let handoff = CancelRequest(pointer: request)
    startDetachedThread { [cancelling] in
      handoff.send()
      cancelling.end()
    }
  }

  private func lost() -> RecoveryError {
    drained = false
    let text = String(cString: PQerrorMessage(handle))
    return ServerMessage(text: text, secret: nil).connectError(target: target)
  }

  private static func rows(_ result: OpaquePointer) -> SQLRows {
    let width = PQnfields(result)
    let columns = (0..<width).map { PQfname(result, $0).map { String(cString: $0) } ?? "" }
    let rows = (0..<PQntuples(result)).map { row in
      (0..<width).map { column -> String? in
        guard PQgetisnull(result, row, column) == 0, let value = PQgetvalue(result, row, column)
        else { return nil }
        return String(cString: value)
      }
    }
    return SQLRows(columns: columns, rows: rows)
  }
}

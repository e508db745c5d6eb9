import RecoveryModel
import Transports

/// One writing connection to a server of the sandbox, on a thread of its own. (`SQLClient.live` is read-only by
/// design; the sandbox is the only place where pgvigil writes SQL data.)
package actor SandboxSession {
  private let executor = BlockingExecutor()
  private let parameters: [(String, String)]
  private let target: String
  private var connection: PostgresConnection?

  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  package init(
    layout: SandboxLayout, port: Int, user: String, database: String, writable: Bool = false
  ) {
    target = "port \(port) of the sandbox"
    parameters = [
      ("host", layout.socketDirectory), ("port", String(port)), ("user", user),
      ("dbname", database), ("application_name", user), ("sslmode", "disable"),
      ("gssencmode", "disable"), ("client_encoding", "UTF8"),
      ("target_session_attrs", writable ? "read-write" : "any"),
    ]
  }

  /// Runs the statements one after the other, each in its own transaction, and returns the last one's rows.
  /// `deadline` in seconds is for all together. After an error the next call connects anew.
  @discardableResult
  package func run(_ statements: [String], deadline seconds: Double) throws -> SQLRows {
    let deadline = Deadline(seconds: seconds)
    do {
      var answer = SQLRows(columns: [], rows: [])
      let open = try connected(deadline: deadline)
      for statement in statements {
        answer = try open.query(statement, deadline: deadline, seconds: seconds)
      }
      return answer
    } catch {
      connection = nil
      throw error
    }
  }

  package func close() { connection = nil }

  private func connected(deadline: Deadline) throws -> PostgresConnection {
    if let connection { return connection }
    let opened = try PostgresConnection(
      parameters: parameters, secret: nil, target: target, deadline: deadline)
    connection = opened
    return opened
  }
}

import CPostgres
import RecoveryModel

/// An error as PostgreSQL or libpq worded it, sorted by SQLSTATE where there is one.
package struct ServerMessage {
  /// Five characters, as `28P01`; nil for errors of libpq itself.
  var sqlstate: String?
  /// The first line, without severity and SQLSTATE.
  package var text: String

  /// From a connection's error text in PQERRORS_VERBOSE form (`FATAL:  28P01: password …`).
  package init(text raw: String, secret: Secret?) {
    var raw = raw
    if let plain = secret?.revealed, !plain.isEmpty { raw = Self.cut(plain, from: raw) }
    let lines = raw.split(whereSeparator: \.isNewline).map(String.init)
    for line in lines {
      if let found = Self.stateWithin(line) {
        (sqlstate, text) = found
        return
      }
    }
    sqlstate = nil
    text = Self.withoutLead((lines.first ?? "no answer").trimmed)
  }

  /// libpq names the place again before it says what failed: whoever tells this has named it already, and the end is what
  /// must not be cut.
  private static func withoutLead(_ line: String) -> String {
    guard line.hasPrefix("connection to server "), let end = line.firstRange(of: " failed: ") else {
      return line
    }
    let rest = String(line[end.upperBound...])
    let isSocket = line[..<end.lowerBound].contains(" on socket ")
    return isSocket && rest.hasPrefix("No such file") ? "no socket there: \(rest)" : rest
  }

  package init(result: OpaquePointer) {
    // PG_DIAG_SQLSTATE is 'C' and PG_DIAG_MESSAGE_PRIMARY 'M': character macros are not imported.
    sqlstate = PQresultErrorField(result, 67).map { String(cString: $0) }
    text = PQresultErrorField(result, 77).map { String(cString: $0) } ?? "unknown error"
  }

  /// For a statement that the server refused.
  package func error(target: String) -> RecoveryError {
    var error = refusal(target)
    error.detail = .sqlState(sqlstate ?? Self.unknown)
    return error
  }

  private static let unknown = "unknown"

  private func refusal(_ target: String) -> RecoveryError {
    let state = sqlstate ?? Self.unknown
    let message = "\(target) refused the statement: \(text) (SQLSTATE \(state))"
    switch state {
    case "42501":
      return RecoveryError(.denied, message, remedy: "grant the role the right, usually pg_monitor")
    case "57014":
      return RecoveryError(.timedOut, message, remedy: "check the server's load and locks")
    case "57P01", "57P02", "57P03":
      return RecoveryError(.unreachable, message, remedy: "wait until the server is up")
    default:
      return RecoveryError(state.hasPrefix("28") ? .denied : .failed, message)
    }
  }

  /// For a connection that could not be made or broke.
  func connectError(target: String) -> RecoveryError {
    guard let state = sqlstate else {
      let word = text.contains("no password supplied") || text.contains("fe_sendauth")
      return RecoveryError(
        word ? .denied : .unreachable, "no connection to \(target): \(text)",
        remedy: word
          ? "put the password into ~/.pgpass or a service file"
          : "check that the server runs and that host, port and socket directory are right",
        // libpq has no code for it.
        detail: text.contains("refused") ? .connectionRefused : nil)
    }
    var error = connectRefusal(target, state)
    error.detail = .sqlState(state)
    return error
  }

  private func connectRefusal(_ target: String, _ state: String) -> RecoveryError {
    let message = "no connection to \(target): \(text) (SQLSTATE \(state))"
    switch state {
    case "57P03":
      return RecoveryError(.unreachable, message, remedy: "wait until the server is up")
    case "3D000":
      return RecoveryError(.invalid, message, remedy: "set dbname to a database that exists")
    case _ where state.hasPrefix("28"):
      return RecoveryError(
        .denied, message, remedy: "check role, password (~/.pgpass) and pg_hba.conf")
    default:
      return RecoveryError(.unreachable, message)
    }
  }

  /// `… failed: FATAL:  28P01: text` → state and text.
  private static func stateWithin(_ line: String) -> (String?, String)? {
    let parts = line.split(separator: ":").map(String.init)
    guard let index = parts.firstIndex(where: { isSQLSTATE($0.trimmed) }), index > 0 else {
      return nil
    }
    let rest = parts.dropFirst(index + 1).joined(separator: ":")
    return (parts[index].trimmed, rest.trimmed)
  }

  private static func isSQLSTATE(_ field: String) -> Bool {
    field.utf8.count == 5 && field.contains(where: \.isNumber)
      && field.utf8.allSatisfy { (48...57).contains($0) || (65...90).contains($0) }
  }

  private static func cut(_ secret: String, from text: String) -> String {
    var result = ""
    var rest = Substring(text)
    while let range = rest.firstRange(of: secret) {
      result += rest[..<range.lowerBound] + "[redacted]"
      rest = rest[range.upperBound...]
    }
    return result + rest
  }
}

import FoundationEssentials

/// One line of a log that is written as JSON: the instance manager's own, PostgreSQL's in it, and a tool's output.
package struct LogEntry: Sendable, Equatable {
  package var level: String?
  package var logger: String?
  package var message: String?
  /// `error` or `err`.
  package var error: String?
  package var stderr: String?
  package var at: String?
  /// PostgreSQL's, where it is one of its lines.
  package var severity: String?
  package var record: String?
  /// What it is about, where it says so: the name of a Backup, of a WAL file.
  package var backupName: String?
  package var walName: String?

  /// nil for what is no JSON object. A time that the kubelet wrote before it is passed over.
  package init?(line: String) {
    guard let start = line.firstIndex(of: "{"),
      line.distance(from: line.startIndex, to: start) <= 40,
      let fields = try? JSONDecoder().decode(Fields.self, from: Data(line[start...].utf8))
    else { return nil }
    level = fields.level
    logger = fields.logger
    message = fields.msg ?? fields.message
    error = fields.error ?? fields.err
    stderr = fields.stderr
    at = fields.ts
    severity = fields.record?.severity
    record = fields.record?.message
    backupName = fields.backupName
    walName = fields.walName
    guard message != nil || error != nil || record != nil || stderr != nil else { return nil }
  }

  /// All that it says, each with its level where it has one of its own.
  var texts: [(level: String?, text: String)] {
    if let record { return [(severity, record)] }
    var texts: [(level: String?, text: String)] = []
    if let stderr, !stderr.isEmpty { texts.append((nil, stderr)) }
    if let error, !error.isEmpty { texts.append((nil, error)) }
    if let message, !message.isEmpty { texts.append((nil, message)) }
    return texts
  }

  private struct Fields: Decodable {
    struct Record: Decodable {
      var severity: String?
      var message: String?

      enum CodingKeys: String, CodingKey {
        case severity = "error_severity"
        case message
      }
    }

    var level, logger, msg, message, error, err, stderr, ts, backupName, walName: String?
    var record: Record?

    enum CodingKeys: String, CodingKey {
      case level, logger, msg, message, error, err, stderr, ts, backupName, walName, record
    }

    /// Whatever is of another kind than expected counts as absent: other programs have other logs.
    init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      func text(_ key: CodingKeys) -> String? { try? values.decode(String.self, forKey: key) }
      level = text(.level)
      logger = text(.logger)
      msg = text(.msg)
      message = text(.message)
      error = text(.error)
      err = text(.err)
      stderr = text(.stderr)
      ts = text(.ts)
      backupName = text(.backupName)
      walName = text(.walName)
      record = try? values.decode(Record.self, forKey: .record)
    }
  }
}

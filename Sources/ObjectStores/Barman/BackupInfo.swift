import FoundationEssentials
import RecoveryModel

/// A `backup.info` of barman-cloud, 3.4 to 3.20: `key=value` per line, `None` for nothing; unknown keys are passed over.
package struct BackupInfo: Sendable, Equatable {
  /// `DONE`, `FAILED`, `STARTED`; others as they stand there.
  package var status = ""
  package var error: String?
  package var name: String?
  package var beginTime: Date?
  package var endTime: Date?
  package var beginWAL: String?
  package var endWAL: String?
  package var beginLSN: LSN?
  package var endLSN: LSN?
  package var timeline: UInt32?
  package var systemIdentifier: String?
  /// As `150018`.
  package var version: Int?
  package var segmentSize: Int?
  /// Of the data directory with its tablespaces; an estimate, since 3.19.
  package var clusterBytes: Int64?
  package var tablespaces: [Tablespace] = []
  /// It was taken by snapshots of volumes: its data is not in the store.
  package var isSnapshot = false
  /// Client-side, as it stands there.
  package var encryption: String?
  package var checksums: Bool?

  package struct Tablespace: Sendable, Equatable {
    package var name: String
    package var oid: UInt32

    package init(name: String, oid: UInt32) {
      self.name = name
      self.oid = oid
    }
  }

  /// nil for a text that names no status: it is no backup.info.
  package init?(text: String) {
    var values: [String: String] = [:]
    for line in text.split(whereSeparator: \.isNewline) {
      guard line.first != "#", let equals = line.firstIndex(of: "=") else { continue }
      let value = line[line.index(after: equals)...].trimmed
      if value != "None" { values[line[..<equals].trimmed] = value }
    }
    guard let status = values["status"] else { return nil }
    self.status = Self.unquoted(status)
    error = values["error"].map(Self.unquoted)
    name = values["backup_name"].map(Self.unquoted)
    beginTime = values["begin_time"].flatMap(Self.time)
    endTime = values["end_time"].flatMap(Self.time)
    beginWAL = values["begin_wal"].map(Self.unquoted)
    endWAL = values["end_wal"].map(Self.unquoted)
    beginLSN = values["begin_xlog"].flatMap { LSN(text: Self.unquoted($0)) }
    endLSN = values["end_xlog"].flatMap { LSN(text: Self.unquoted($0)) }
    timeline = values["timeline"].flatMap { UInt32($0) }
    systemIdentifier = values["systemid"].map(Self.unquoted)
    version = values["version"].flatMap { Int($0) }
    segmentSize = values["xlog_segment_size"].flatMap { Int($0) }.flatMap(Self.segmentSize)
    clusterBytes = values["cluster_size"].flatMap { Int64($0) }
    tablespaces = values["tablespaces"].map { Self.tablespaces($0) } ?? []
    isSnapshot = values["snapshots_info"] != nil
    encryption = values["encryption"].map(Self.unquoted)
    checksums = values["data_checksums"].map { $0 == "on" }
  }

  /// A power of two from 1 MiB to 1 GiB, or none at all.
  static func segmentSize(_ bytes: Int) -> Int? {
    (1 << 20...1 << 30).contains(bytes) && bytes & (bytes - 1) == 0 ? bytes : nil
  }

  /// Python's `str(datetime)`; without a zone as UTC, which the pods have.
  private static func time(_ text: String) -> Date? { TimestampText.parse(unquoted(text)) }

  /// `[('fast', 16387, '/location'), …]`: quotes in a name are escaped, or the name stands in double ones.
  static func tablespaces(_ text: String) -> [Tablespace] {
    text.matches(of: /\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*,\s*(\d+)/).compactMap {
      guard let oid = UInt32($0.3) else { return nil }
      return Tablespace(name: String($0.1 ?? $0.2 ?? ""), oid: oid)
    }
  }

  /// A string as Python prints it, or bare.
  private static func unquoted(_ text: String) -> String {
    guard text.count >= 2, let first = text.first, first == "'" || first == "\"",
      text.last == first
    else { return text }
    return String(text.dropFirst().dropLast())
  }
}

import FoundationEssentials
import RecoveryModel

/// One line of the audit log: who did what to which cluster, when, and what came of it.
package struct AuditEntry: Sendable, Equatable, Codable {
  package enum Event: String, Sendable, Codable {
    case started, ended, refused
    /// Leftovers of a dead drill were removed.
    case reaped
    /// A recovery that somebody ran was watched to its end.
    case followed
  }

  package var at: Date
  package var event: Event
  package var user: String
  package var host: String
  package var process: Int32
  package var cluster: String
  /// What tells it from another of its name, as `context/namespace/name`, or `stanza=demo` on hosts: the same whatever it
  /// was called when this was written.
  package var place: String?
  /// It was done to the demo's throw-away cluster.
  package var sandbox: Bool?
  /// Operation id.
  package var operation: String
  package var kind: OperationKind
  /// The plan's title.
  package var what: String
  /// The moment that a recovery was to; older lines do not tell.
  package var moment: String?
  package var outcome: OperationOutcome.Status?
  package var summary: String?

  package init(
    at: Date, event: Event, user: String, host: String, process: Int32, cluster: String,
    operation: String, kind: OperationKind, what: String,
    outcome: OperationOutcome.Status? = nil, summary: String? = nil,
    of declaration: ClusterDeclaration? = nil
  ) {
    place = declaration.flatMap(Self.place)
    self.at = at
    self.event = event
    self.user = user
    self.host = host
    self.process = process
    self.cluster = cluster
    self.operation = operation
    self.kind = kind
    self.what = what
    self.outcome = outcome
    self.summary = summary
  }
}

extension AuditEntry {
  /// Where an orchestrator keeps it, else where its backups lie by its declaration; nil = that says nothing of it.
  package static func place(of declaration: ClusterDeclaration) -> String? {
    if let place = declaration.place {
      return "\(place.context)/\(place.namespace)/\(place.name)"
    }
    let told = ["config", "config_include_path", "stanza", "repository", "store"].compactMap {
      key in
      declaration.options[key]?.string.map { "\(key)=\($0)" }
    }
    return told.isEmpty ? nil : told.joined(separator: " ")
  }

  /// A line of a cluster that is called so and lies there is of this one; an older line of a host's does not say where.
  package static func isOf(
    _ declaration: ClusterDeclaration, cluster: String, place: String?
  ) -> Bool {
    guard let place else { return declaration.place == nil && cluster == declaration.name }
    return place == self.place(of: declaration)
  }
}

extension [AuditEntry] {
  /// Operations that were begun on this host and whose process is gone without a word of their end: it was killed.
  package func abandoned(on host: String, isAlive: (Int32) -> Bool) -> Set<String> {
    let told = Set(filter { $0.event != .started }.map(\.operation))
    return Set(
      filter {
        $0.event == .started && $0.host == host && !told.contains($0.operation)
          && !isAlive($0.process)
      }.map(\.operation))
  }
}

/// The append-only record of everything that acted, 0600 in the state directory. Nothing acts unaudited: who
/// cannot write here is refused.
package actor AuditLog {
  package nonisolated let path: String
  private let file: LineFile
  private let isSandbox: Bool
  private nonisolated let queue = FileQueue(label: "pgvigil.audit")

  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    queue.asUnownedSerialExecutor()
  }

  /// `isSandbox` marks every line.
  package init(path: String, isSandbox: Bool = false) {
    self.path = path
    self.isSandbox = isSandbox
    file = LineFile(path: path, mode: 0o600)
  }

  /// Returns when the line is on the disk.
  package func append(_ entry: AuditEntry) throws(RecoveryError) {
    var entry = entry
    if isSandbox { entry.sandbox = true }
    do {
      try file.append(try RecordCoding.encode(entry))
    } catch let error as RecoveryError {
      throw error
    } catch {
      throw RecoveryError(.failed, "could not write the audit line: \(error)")
    }
  }

  /// All entries that can be read, oldest first.
  package func entries() throws(RecoveryError) -> [AuditEntry] {
    try file.lines().lines.compactMap { try? RecordCoding.decode(AuditEntry.self, from: $0) }
  }
}

extension Sequence<IncidentAct> {
  /// Of these, newest first, as many as there is room for: a recovery counts once, however many watched it, and behind
  /// what somebody did, which it is to push out of no page. Reads no further than it has to: a log may be long.
  package func told(_ most: Int) -> [IncidentAct] {
    var (done, watched, seen) = ([IncidentAct](), [IncidentAct](), Set<String>())
    for act in self {
      guard done.count < most else { break }
      guard let recovery = act.watched else {
        done.append(act)
        continue
      }
      if seen.insert(recovery).inserted { watched.append(act) }
    }
    return Array((done + watched).prefix(most))
  }
}

extension IncidentAct {
  /// As one line of the page for an incident.
  package init(_ entry: AuditEntry) {
    self.init(
      at: entry.at, user: entry.user, host: entry.host, operation: entry.operation,
      kind: entry.kind, event: entry.event.rawValue, outcome: entry.outcome,
      summary: entry.summary ?? entry.what)
    if entry.event == .ended, entry.outcome == .done { recovered = entry.moment }
  }
}

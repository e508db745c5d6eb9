import FoundationEssentials
import RecoveryModel

/// The answer of `find`.
struct FindReport: Report {
  var search: ActSearch
  var cluster: String
  /// It as commands are given it.
  var command: String
  var zone: LocalZone
  var now: Date

  func encode(to encoder: any Encoder) throws {
    try FindDocument(search, cluster: cluster, now: now).encode(to: encoder)
  }

  func text(_ style: TextStyle) -> String {
    let facts = FactText(style: style)
    return
      ([Sanitizer.clean(cluster)]
      + search.lines(zone: zone, command: command).map(facts.line)).joined(separator: "\n")
  }
}

/// What was found, in JSON; what is absent is unknown.
struct FindDocument: Encodable {
  struct Relation: Encodable {
    var name: String?
    var oid: UInt32?
    /// `tablespace/database/number`, of the file that is gone.
    var file: String?
    /// Of the one that took its place.
    var successor: String?
    /// Within what was read; absent = before it, or nobody can tell.
    var madeAt: Date?

    init(_ relation: FoundRelation) {
      name = relation.name.map { Sanitizer.clean($0) }
      oid = relation.oid
      file = relation.file.map(Self.path)
      successor = relation.successor.map(Self.path)
      madeAt = relation.madeAt
    }

    private static func path(_ file: RelationFile) -> String {
      "\(file.tablespace)/\(file.database)/\(file.number)"
    }
  }

  struct Act: Encodable {
    var kind: String
    var what: String
    /// With its fraction: a second holds many commits.
    var at: String
    var transaction: UInt32
    var commitLsn: String
    var databaseOid: UInt32?
    var database: String?
    var relations: [Relation]
    var rows: Int?
    var prepared: Bool
    var recoverTo: OutlookDocument.Moment
    var recoverySettings: [String]
    var pgbackrestArguments: String

    init(_ act: FoundAct) {
      kind = act.kind.rawValue
      what = act.what
      at = RecoveryMoment.exact(act.at)
      transaction = act.transaction
      commitLsn = act.commit.description
      databaseOid = act.database
      database = act.databaseName.map { Sanitizer.clean($0) }
      relations = act.relations.map(Relation.init)
      rows = act.rows
      prepared = act.isPrepared
      recoverTo = OutlookDocument.Moment(act.moment)
      recoverySettings = act.settings
      pgbackrestArguments = act.restoreArguments
    }
  }

  struct Unread: Encodable {
    var kind: String
    var fromLsn: String?
    var reason: String
    var remedy: String
  }

  var schemaVersion = CommandLineUI.schemaVersion
  var generatedAt: Date
  var cluster: String
  var from: Date
  var to: Date
  var deletesFrom: Int
  /// Nothing of the stretch was left out, also not what is not archived yet.
  var complete: Bool
  var acts: [Act]
  var unread: [Unread]
  var commits: Int
  var rollbacks: Int
  var harmless: Int
  var segments: Int
  var bytes: Int64
  var firstSegment: String?
  var lastSegment: String?
  var namesUnknown: String?

  init(_ search: ActSearch, cluster: String, now: Date) {
    generatedAt = now
    self.cluster = Sanitizer.clean(cluster)
    from = search.order.from
    to = search.order.to
    deletesFrom = search.order.leastRows
    complete = search.isWhole && search.beyond == nil
    acts = search.acts.map(Act.init)
    unread = (search.unread + [search.beyond].compactMap { $0 }).map {
      Unread(
        kind: $0.kind.rawValue, fromLsn: $0.from?.description, reason: $0.words, remedy: $0.remedy)
    }
    commits = search.commits
    rollbacks = search.rollbacks
    harmless = search.harmless
    segments = search.segments
    bytes = search.bytes
    firstSegment = search.firstSegment
    lastSegment = search.lastSegment
    namesUnknown = search.namesFailure
  }
}

import FoundationEssentials

/// Which stretch of the WAL is looked through, and for what.
package struct ActSearchOrder: Sendable, Equatable {
  /// Rows of one relation that one transaction deletes, from which on that is told. PostgreSQL's own figure for many
  /// changed rows in a table of any size: the default of `autovacuum_vacuum_insert_threshold` (since 13).
  package static let massDeletion = 1000
  /// Bytes fetched, as stored.
  package static let defaultLimit: Int64 = 4 << 30

  /// Seconds by which clocks of servers and stores differ at most, or the console warns of it.
  package static let clockError = 120.0

  /// Of commits, by the server's clock.
  package var from: Date
  package var to: Date
  /// Nobody asked for an end: what is archived is looked through, and what is not yet is told and no fault.
  package var isOpen = false
  package var leastRows: Int
  /// Bytes to fetch at most, as stored.
  package var limit: Int64
  /// Where somebody saw the WAL stand before the stretch began; nil = nobody did, or nobody knows on which timeline.
  package var known: WALSighting?

  package init(
    from: Date, to: Date, leastRows: Int = Self.massDeletion, limit: Int64 = Self.defaultLimit
  ) {
    self.from = from
    self.to = to
    self.leastRows = leastRows
    self.limit = limit
  }
}

/// A part of the stretch of which nothing is known, and why.
package struct UnreadWAL: Sendable, Equatable {
  package enum Kind: String, Sendable, Equatable {
    /// Segments are missing.
    case hole
    /// A segment could not be fetched, decompressed or decoded.
    case unreadable
    /// It is not archived yet.
    case notArchived = "not_archived"
    /// It was archived before the first that is there.
    case beforeArchive = "before_archive"
    case limit
    /// A program is missing.
    case program
    case cancelled
  }

  package var kind: Kind
  /// From where on; nil = not known.
  package var from: LSN?
  /// A sentence without its full stop.
  package var words: String
  package var remedy: String

  package init(_ kind: Kind, from: LSN? = nil, _ words: String, remedy: String = "") {
    self.kind = kind
    self.from = from
    self.words = words
    self.remedy = remedy
  }
}

/// What looking through a stretch came to.
package struct ActSearch: Sendable, Equatable {
  package var order: ActSearchOrder
  /// In the order of the log.
  package var acts: [FoundAct] = []
  package var commits = 0
  package var rollbacks = 0
  package var harmless = 0
  package var segments = 0
  /// As stored.
  package var bytes: Int64 = 0
  /// Names of the first and the last segment that were read.
  package var firstSegment: String?
  package var lastSegment: String?
  package var unread: [UnreadWAL] = []
  /// What lies behind the end of the archive, where no end was asked for; nil = nothing that is known.
  package var beyond: UnreadWAL?
  /// Of the last commit that was read, within the stretch or behind it.
  package var lastCommit: Date?
  /// Whether nobody knows names or nobody asked for them, and why; nil = they were asked for.
  package var namesFailure: String?

  /// By what a recovery is told where to end.
  package var restorer = Restorer.pgBackRest

  package enum Restorer: Sendable, Equatable { case pgBackRest, cluster, postgres }

  package init(_ order: ActSearchOrder) { self.order = order }

  /// That the last segment was of; nil = none was read.
  package var timeline: UInt32? { lastSegment.flatMap { WALSegment.timeline(ofFile: $0) } }
  /// Nothing of the stretch is left out.
  package var isWhole: Bool { unread.isEmpty }
  /// What a page for an incident offers to go back before: the last act, but for those that clear away what pgvigil had
  /// made or told somebody to make, and for what is PostgreSQL's own; where none else is found, also one that takes what was
  /// made within the stretch, or may have been a rewrite. `marker` is the table that drills write their rows into.
  package func offered(marker: String?) -> FoundAct? {
    let others = acts.filter { $0.isSomebodys(marker: marker) }
    let lasting = others.filter { !$0.isShortLived }
    let last = lasting.last { $0.kind != .unclear } ?? lasting.last ?? others.last
    return lasting.first { $0.commit == last?.commit && $0.isNamed } ?? last
  }

  /// All that a transaction did as one act, in the words of one part: nobody can go back before half of it.
  func whole(_ act: FoundAct) -> DestructiveAct {
    var whole = act.destructive
    let others = acts.filter { $0.commit == act.commit && $0 != act }
    let more = others.reduce(0) { $0 + max(1, $1.size) }
    whole.isMass =
      others.contains(where: \.isMass) || act.isMass
      || others.reduce(act.tables) { $0 + $1.tables } > FoundAct.few
    if more > 0 { whole.what += ", with it \(more) more relation\(more == 1 ? "" : "s")" }
    return whole
  }

  /// Seconds: acts that lie no further apart are of one series, and whoever mends one wants to mend all.
  private static let connected = 600.0

  /// All that is somebody's, one a transaction, oldest first; how many a series has stands at its earliest, else 0.
  package func series(marker: String?) -> [(act: DestructiveAct, count: Int)] {
    var commits: [FoundAct] = []
    for act in acts where act.isSomebodys(marker: marker) && commits.last?.commit != act.commit {
      commits.append(act)
    }
    let gaps = zip(commits, commits.dropFirst()).map { $1.at.timeIntervalSince($0.at) }
    return commits.indices.map { index in
      let isWithin = index > 0 && gaps[index - 1] <= Self.connected
      let more = gaps[index...].prefix { $0 <= Self.connected }.count
      return (whole(commits[index]), isWithin ? 0 : more + 1)
    }
  }

  /// What whoever goes back to just before an act may want from there, as far as its names are known.
  package func lost(before moment: RecoveryMoment) -> [LostTable] {
    acts.filter { $0.moment == moment }.flatMap(\.lostTables)
  }
}

/// How far a search has come.
package struct ActSearchProgress: Sendable, Equatable {
  package var segments: Int
  /// nil = not known.
  package var ofSegments: Int?
  package var found: Int
  /// Of the last commit that was read.
  package var at: Date?

  package init(segments: Int, ofSegments: Int?, found: Int, at: Date?) {
    self.segments = segments
    self.ofSegments = ofSegments
    self.found = found
    self.at = at
  }
}

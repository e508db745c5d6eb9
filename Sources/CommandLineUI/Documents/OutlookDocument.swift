import FoundationEssentials
import RecoveryModel

/// The outlook of a moment in JSON; what is absent is unknown.
struct OutlookDocument: Encodable {
  struct Moment: Encodable {
    /// As it can be typed again.
    var text: String
    var kind: String
    var exclusive: Bool

    init(_ moment: RecoveryMoment) {
      text = moment.text
      exclusive = moment.isExclusive
      kind =
        switch moment.target {
        case .latest: "latest"
        case .time: "time"
        case .position: "lsn"
        case .transaction: "xid"
        case .restorePoint: "name"
        case .backup: "backup"
        }
    }
  }

  struct Base: Encodable {
    var label: String
    var kind: String
    var endedAt: Date?
    var timeline: UInt32?
  }

  struct Leg: Encodable {
    var timeline: UInt32
    var first: String
    var last: String
    var segments: Int
    var storedBytes: Int64
  }

  struct Hole: Encodable {
    var first: String
    var missing: Int
    var from: Date?
    var to: Date?
  }

  struct WAL: Encodable {
    var segments: Int
    var bytes: Int64
    var storedBytes: Int64
    var lastArchivedAt: Date?
    /// Segments that are archived behind it.
    var beyond: Int
    var timelines: [Leg]
    var holes: [Hole]
  }

  struct Loss: Encodable {
    var seconds: Double?
    var isUpperBound: Bool
    var bytesLow: Int64?
    var bytesHigh: Int64?
    var mayBeMore: Bool
    var against: Date?

    init(_ loss: MomentLoss) {
      seconds = loss.seconds
      isUpperBound = loss.isUpperBound
      bytesLow = loss.bytes?.lowerBound
      bytesHigh = loss.bytes?.upperBound
      mayBeMore = loss.mayBeMore
      against = loss.against
    }
  }

  struct Time: Encodable {
    var expectedSeconds: Double
    var lowSeconds: Double
    var highSeconds: Double
    var basis: String?
    var drills: Int?
    var restoreSeconds: Double?
    var replaySeconds: Double?
    var startSeconds: Double?
    var fixedSeconds: Double?

    init(_ total: Estimate) {
      expectedSeconds = total.expected
      lowSeconds = total.low
      highSeconds = total.high
    }

    init(_ projection: RTOProjection) {
      self.init(projection.total)
      basis = projection.basis.rawValue
      drills = projection.drills
      restoreSeconds = projection.restore
      replaySeconds = projection.replay
      startSeconds = projection.start
      fixedSeconds = projection.fixed
    }
  }

  struct Alternative: Encodable {
    var kind: String
    var moment: Moment
    var at: Date?
    var loss: Loss
    var rto: Time?
  }

  var moment: Moment
  /// As PostgreSQL has to be asked for it; absent = it cannot be reached.
  var effective: Moment?
  var standing: String
  var words: String
  var at: Date?
  /// Of what lies between two looks, the later end; `at` is the earlier.
  var atLatest: Date?
  var basis: String?
  var base: Base?
  var wal: WAL?
  var loss: Loss?
  var rto: Time?
  var laterCommit: String?
  var alternatives: [Alternative]
  /// What has more than it and comes before it.
  var instead: [String]
  var remarks: [String]

  init(_ outlook: RecoveryOutlook, segmentSize: Int?) {
    let name = { (segment: WALSegment) in
      segmentSize.map { segment.name(segmentSize: $0) } ?? "\(segment.number)"
    }
    moment = Moment(outlook.moment)
    effective = outlook.effective.map(Moment.init)
    standing = outlook.standing.word
    words = outlook.standingWords
    at = outlook.at
    atLatest = outlook.before == nil ? outlook.until : nil
    basis = outlook.basis?.rawValue
    base = outlook.base.map {
      Base(
        label: Sanitizer.clean($0.id), kind: $0.kind.rawValue, endedAt: $0.finishedAt,
        timeline: $0.timeline)
    }
    wal = outlook.route.map { route in
      WAL(
        segments: route.load.segments, bytes: route.load.walBytes,
        storedBytes: route.load.storedBytes, lastArchivedAt: route.end.archivedAt,
        beyond: route.beyond,
        timelines: route.legs.map {
          Leg(
            timeline: $0.timeline, first: name($0.first), last: name($0.last),
            segments: $0.segments, storedBytes: $0.storedBytes)
        },
        holes: route.holes.map {
          Hole(first: name($0.first), missing: $0.missing, from: $0.from, to: $0.to)
        })
    }
    loss = outlook.isReachable ? Loss(outlook.loss) : nil
    rto = outlook.projection.map(Time.init)
    laterCommit = outlook.laterCommit?.rawValue
    alternatives = outlook.alternatives.map {
      Alternative(
        kind: $0.kind.rawValue, moment: Moment($0.moment), at: $0.at, loss: Loss($0.loss),
        rto: $0.rto.map(Time.init))
    }
    instead = outlook.instead
    remarks = outlook.remarks
  }
}

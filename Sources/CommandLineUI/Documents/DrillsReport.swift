import FoundationEssentials
import RecoveryModel

/// One drill as JSON tells it; its core is `last_drill` of `status --json`.
struct DrillEntry: Encodable {
  struct Phase: Encodable {
    var name: String
    var seconds: Double
    var bytes: Int64?
  }
  struct Moment: Encodable {
    var asked: String
    var at: Date?
    /// It was that of the end of the archive.
    var isEnd: Bool
    /// Where PostgreSQL said that it stopped.
    var stop: String?
  }
  struct Test: Encodable {
    var name: String
    var answer: String?
    var rows: Int64?
    var production: String?
    var expectation: String
    /// nil = could not run.
    var passed: Bool?
    var detail: String
  }

  var id: String
  var cluster: String
  var engine: String
  var startedAt: Date
  var finishedAt: Date
  var outcome: DrillOutcome
  var reason: String?
  var failedIn: String?
  var backup: String?
  /// The moment that was asked for; absent = the end of what was archived.
  var moment: Moment?
  var targetLsn: LSN?
  var reachedLsn: LSN?
  var reachedAt: Date?
  var predictedRtoSeconds: Double?
  var predictedLowSeconds: Double?
  var predictedHighSeconds: Double?
  var measuredRtoSeconds: Double?
  var phases: [Phase]
  var tests: [Test]
  var leftBehind: [String]
  var host: String
  var user: String
  var version: String
  private var momentWords: String?
  private var isOfPast: Bool

  private enum CodingKeys: String, CodingKey {
    case id, cluster, engine, startedAt, finishedAt, outcome, reason, failedIn, backup, moment
    case targetLsn, reachedLsn, reachedAt, predictedRtoSeconds, predictedLowSeconds
    case predictedHighSeconds, measuredRtoSeconds, phases, tests, leftBehind, host, user, version
  }

  init(_ record: DrillRecord) {
    id = record.id
    cluster = record.cluster
    engine = record.engine
    startedAt = record.startedAt
    finishedAt = record.finishedAt
    outcome = record.outcome
    reason = record.reason.map { Sanitizer.clean($0) }
    failedIn = record.failedIn?.words
    backup = record.backup
    moment = record.moment.map {
      Moment(
        asked: Sanitizer.clean($0.asked), at: $0.at, isEnd: $0.isEnd,
        stop: $0.stop.map { Sanitizer.clean($0) })
    }
    momentWords = record.momentWords
    isOfPast = record.isOfPast
    targetLsn = record.targetLSN
    reachedLsn = record.reachedLSN
    reachedAt = record.reachedTime
    predictedRtoSeconds = record.predicted?.expected
    predictedLowSeconds = record.predicted?.low
    predictedHighSeconds = record.predicted?.high
    measuredRtoSeconds = record.measuredRTO
    phases = record.phases.map { Phase(name: $0.words, seconds: $0.seconds, bytes: $0.bytes) }
    tests = record.tests.map {
      Test(
        name: Sanitizer.clean($0.name), answer: $0.answer.map { Sanitizer.clean($0) },
        rows: $0.rows,
        production: $0.production.map { Sanitizer.clean($0) },
        expectation: $0.expectation, passed: $0.passed, detail: Sanitizer.clean($0.detail))
    }
    leftBehind = record.leftBehind
    host = record.host
    user = record.user
    version = record.version
  }

  /// What it proved, for a person who has been told `summary`.
  func lines(after summary: String) -> [String] {
    var lines: [String] = []
    if let reason, !summary.contains(reason) {
      lines.append(TextLayout.labelled("why", Sanitizer.clean(reason)))
    }
    if let backup {
      let reached = reachedLsn.map { ", replayed to \($0)" } ?? ""
      let label = outcome == .passed || outcome == .notTested ? "restored" : "backup"
      lines.append(TextLayout.labelled(label, Sanitizer.clean(backup) + reached))
    }
    if let momentWords {
      lines.append(TextLayout.labelled("moment", momentWords))
      if isOfPast { lines.append(TextLayout.labelled("", DrillRecord.pastOnly)) }
    }
    if let measured = measuredRtoSeconds {
      lines.append(TextLayout.labelled("RTO", Format.duration(measured) + " measured" + prediction))
    }
    if !phases.isEmpty {
      let text = phases.map { phase in
        "\(phase.name) \(Format.duration(phase.seconds))"
          + (phase.bytes.map { " (\(Format.bytes($0)))" } ?? "")
      }.joined(separator: ", ")
      lines.append(TextLayout.labelled("phases", text))
    }
    for test in tests {
      // The detail tells the answer and what was expected of it, where there is one.
      let detail = test.detail.isEmpty ? test.answer ?? "no answer" : test.detail
      let word = SmokeTestResult.word(for: test.passed)
      let outcome = test.passed == true ? word : word.uppercased()
      let text = "\(outcome) \(test.name) (\(test.expectation)): \(detail)"
      lines.append(TextLayout.labelled("test", Sanitizer.clean(text)))
    }
    for leftover in leftBehind {
      lines.append(TextLayout.labelled("LEFT BEHIND", Sanitizer.clean(leftover)))
    }
    return lines
  }

  private var prediction: String {
    guard let low = predictedLowSeconds, let high = predictedHighSeconds else { return "" }
    return ", predicted \(Format.duration(low)) to \(Format.duration(high))"
  }
}

/// The history of drills, newest first.
struct DrillsReport: Report {
  var schemaVersion = CommandLineUI.schemaVersion
  var drills: [DrillEntry]
  /// Places whose ledgers could not be read; nil = all could.
  var unread: [String]?

  init(drills: [DrillRecord], unread: [String] = []) {
    self.drills = drills.map(DrillEntry.init)
    self.unread = unread.isEmpty ? nil : unread
  }

  func text(_ style: TextStyle) -> String {
    guard !drills.isEmpty else {
      guard let unread else { return "no drill has been recorded" }
      return "the ledger could not be read: \(Sanitizer.clean(unread.joined(separator: "; ")))"
    }
    let rows = drills.map { drill in
      return [
        Format.timestamp(drill.finishedAt), drill.cluster,
        drill.outcome.words, drill.backup ?? "-",
        drill.measuredRtoSeconds.map { Format.duration($0) } ?? "-",
        SmokeTestTally(drill.tests.map(\.passed)).short,
        [drill.moment.map { "to \($0.asked)" }, drill.reason].compactMap { $0 }
          .joined(separator: ": "),
      ].map { Sanitizer.clean($0) }
    }
    let header = ["FINISHED", "CLUSTER", "OUTCOME", "BACKUP", "RTO", "TESTS", "WHY"]
    return TextLayout.table([header] + rows)
  }
}

import RecoveryModel
import TestSupport
import Testing

/// What an operator says and what is so. No operator that lies can be ordered, so each state is planted behind an API
/// server, an instance manager and a bucket that say what a real one said in it, and the engine looks at them over HTTP.
/// `make corpus` prints the table.
@Suite(
  "Corpus of lying operators", .closingServers,
  .onlyStandIn("objects are planted with their ages"), .timeLimit(.minutes(30)))
struct OperatorCorpusTests {
  /// Each names what the engine said of it when it was not what is expected.
  private func judge(_ row: CorpusRow, _ snapshot: ClusterSnapshot) {
    let said = snapshot.findings.prefix(6).map { "\($0.ceiling.rawValue) \($0.id): \($0.headline)" }
    let why = "\(row.id): \(row.before), then \(row.after); \(said.joined(separator: " | "))"
    #expect(!row.isFalseGreen, "\(why)")
    #expect(row.isAsExpected, "\(why)")
    if row.isFalseRed { print("worse than it is: \(why)") }
  }

  private func close(_ rows: [CorpusRow], _ corpus: OperatorCorpus) {
    if CorpusChoice.isPrinted { print(rows.table) }
    #expect(!rows.hasTooMuchFalseRed)
    #expect(corpus.refusals.isEmpty, "\(corpus.refusals)")
  }

  @Test func noLieIsCalledGood() async throws {
    let corpus = try await OperatorCorpus()
    var rows: [CorpusRow] = []
    for (number, lie) in OperatorCorpus.Lie.all.enumerated()
    where CorpusChoice.isWanted(lie.id, sample: true) {
      let (row, snapshot) = try await corpus.row(of: lie, number: number)
      judge(row, snapshot)
      rows.append(row)
    }
    close(rows, corpus)
  }

  @Test func healthIsCalledGood() async throws {
    let corpus = try await OperatorCorpus()
    var rows: [CorpusRow] = []
    for (number, health) in OperatorCorpus.Health.all.enumerated()
    where CorpusChoice.isWanted(health.id, sample: true) {
      let (row, snapshot) = try await corpus.row(of: health, number: number)
      judge(row, snapshot)
      rows.append(row)
    }
    close(rows, corpus)
  }

  @Test func everyStateHasANameOfItsOwn() {
    let ids = OperatorCorpus.Lie.all.map(\.id) + OperatorCorpus.Health.all.map(\.id)
    #expect(Set(ids).count == ids.count)
    #expect(OperatorCorpus.Lie.all.count >= 40 && OperatorCorpus.Health.all.count >= 100)
  }
}

extension OperatorCorpus.Lie {
  static let all = ofTheArchiver + ofBackups + ofPlaces + ofDatabases + ofTheStore
}

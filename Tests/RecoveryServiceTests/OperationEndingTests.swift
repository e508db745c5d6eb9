import FoundationEssentials
import RecoveryModel
import Testing

@testable import RecoveryService

/// What an operation that was interrupted says of itself.
@Suite struct OperationEndingTests {
  private func outcome(_ error: (any Error)?) -> OperationOutcome {
    let directory = ScratchDirectory()
    let ending = OperationEnding(
      plan: OperationPlan(
        id: "op1", cluster: "auth-db", request: .backup(.full), title: "Back up", steps: []),
      watched: WatchedCluster(
        declaration: ClusterDeclaration(name: "auth-db", engine: "fake"), engineTitle: "Fake",
        engine: FakeEngine(), ledger: FileDrillLedger(path: directory.file("l.jsonl"))),
      environment: EngineEnvironment(
        now: { noon + 12 }, host: "db1", user: "alice", newID: { "new" }, version: "1.0"),
      startedAt: noon, interruption: .cancelled, error: error)
    return ending.backup(OperationTrace())
  }

  @Test(arguments: [
    "Backup nightly had not begun and was deleted",
    "Backup nightly had begun: it goes on at the operator, where CloudNativePG cannot stop it",
  ])
  func aCancelledBackupSaysWhatBecameOfIt(words: String) {
    let outcome = outcome(RecoveryError(.cancelled, words))
    #expect(outcome.status == .cancelled)
    #expect(outcome.summary == "cancelled after 12s: \(words)")
  }

  @Test func oneThatSaysNothingClaimsNothing() {
    #expect(outcome(nil).summary == "cancelled after 12s")
  }
}

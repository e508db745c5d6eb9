import FoundationEssentials
import RecoveryModel
import Testing

@Suite("What is alike is held once")
struct SharedMemoryTests {
  private func backup(_ id: String, lacks: [String] = []) -> Backup {
    var backup = Backup(
      id: id, kind: .full, startedAt: Date(timeIntervalSince1970: 0), finishedAt: nil)
    backup.identity.majorVersion = 17
    backup.lacks = lacks
    return backup
  }

  private func place(of report: EngineReport) -> UnsafePointer<Backup>? {
    report.backups.value?.backups.withUnsafeBufferPointer { $0.baseAddress }
  }

  private func update(_ backups: [Backup], at seconds: Double) -> ReportUpdate {
    var update = ReportUpdate()
    update.backups = .value(
      BackupCatalog(backups: backups), source: "test", at: Date(timeIntervalSince1970: seconds))
    return update
  }

  @Test func anAnswerThatSaysTheSameGoesOnInTheMemoryOfTheLast() {
    var report = EngineReport()
    report.merge(update([backup("a")], at: 1))
    let before = place(of: report)
    report.merge(update([backup("a")], at: 2))
    #expect(place(of: report) == before)
    #expect(report.backups.at == Date(timeIntervalSince1970: 2))
    report.merge(update([backup("a"), backup("b")], at: 3))
    #expect(report.backups.value?.backups.map(\.id) == ["a", "b"])
  }

  @Test func neighboursKeepWhatIsTheirOwn() {
    let first = backup("a")
    var second = backup("b", lacks: ["WAL"])
    second.share(first)
    #expect(second == backup("b", lacks: ["WAL"]))
    var third = backup("c")
    third.share(first)
    third.lacks = ["data"]
    #expect(third == backup("c", lacks: ["data"]))
    #expect(first == backup("a"))
  }
}

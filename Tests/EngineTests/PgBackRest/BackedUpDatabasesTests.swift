import FoundationEssentials
import RecoveryModel
import Synchronization
import Testing

@testable import PgBackRest
@testable import Transports

/// The name of a database that no server knows any more, by the manifest of a base backup.
struct BackedUpDatabasesTests {
  typealias F = OperationsFixture

  private static func act(_ kind: FoundAct.Kind, database: UInt32, at: Date) -> FoundAct {
    FoundAct(kind: kind, at: at, transaction: 7, commit: LSN(1 << 24), database: database)
  }

  @Test func theNewestThatEndedBeforeItTells() async throws {
    let (old, new) = (backup("old", age: 900), backup("new", age: 300))
    let asked = Mutex<[String]>([])
    let answer = { @Sendable (label: String) in
      #"[{"name":"demo","backup":[{"label":"\#(label)","database-ref":[{"name":"postgres","oid":5},"#
        + #"{"name":"shop","oid":16400}]}]}]"#
    }
    let processes = ProcessRunner(
      run: { request in
        let set = request.arguments.first { $0.hasPrefix("--set=") } ?? ""
        asked.withLock { $0.append(set) }
        return ProcessResult(status: 0, output: answer(String(set.dropFirst(6))), error: "")
      }, stream: { _ in AsyncThrowingStream { $0.finish() } })
    let databases = BackedUpDatabases(site: F.site(), processes: processes)
    var search = ActSearch(ActSearchOrder(from: F.now.addingTimeInterval(-3600), to: F.now))
    var known = Self.act(.drop, database: 1, at: F.now)
    known.databaseName = "known"
    search.acts = [
      Self.act(.dropDatabase, database: 16400, at: F.now.addingTimeInterval(-2000)),
      Self.act(.dropDatabase, database: 16400, at: F.now.addingTimeInterval(-100)),
      Self.act(.dropDatabase, database: 16999, at: F.now.addingTimeInterval(-50)), known,
    ]
    await databases.name(&search, by: [old, new])
    #expect(search.acts.map(\.databaseName) == [nil, "shop", nil, "known"])
    #expect(asked.withLock { $0 } == ["--set=new"])
    #expect(search.acts[1].what == "DROP DATABASE of shop" && search.acts[1].namelessness == nil)
    #expect(search.acts[1].lostTables == [LostTable(whole: "shop")].compactMap { $0 })
    #expect(search.acts[2].namelessness?.contains("WHERE oid = 16999") == true)
    #expect(search.lost(before: search.acts[1].moment).arguments == ["--database", "shop"])
  }

  private func backup(_ id: String, age: Double) -> Backup {
    var backup = F.backup
    (backup.id, backup.finishedAt) = (id, F.now.addingTimeInterval(-age))
    return backup
  }
}

import FoundationEssentials
import RecoveryModel
import TestSupport
import Testing

@testable import BarmanCloud

/// A recovery from what barman-cloud left in a bucket.
struct BarmanRecoveryTests {
  private static func plan(
    _ target: RecoveryMoment.Target, address: String = "s3://backups/k8s/auth-db",
    _ change: (inout StoreQuestion) -> Void = { _ in }
  ) throws -> RecoveryPlan {
    var base = Fixture.backup("20261122T030000")
    base.identity.majorVersion = 15
    let report = Fixture.report(backups: Fixture.catalog([base]))
    let snapshot = ClusterAssessment.assess(
      declaration: Fixture.declaration(), engineTitle: "store alone", interval: 60, report: report,
      drills: [], operation: nil, outcomes: [], clock: WALClock(), now: Fixture.date)
    let order = try RecoveryChart(snapshot, now: Fixture.date).order(
      RecoveryQuestion(RecoveryMoment(target)))
    var question = StoreQuestion(address: address)
    change(&question)
    return try BarmanRecovery(order: order, question: question, major: 15).plan()
  }

  private static func commands(_ plan: RecoveryPlan) -> [String] {
    plan.roads.first?.steps.flatMap(\.commands) ?? []
  }

  @Test func whereProductionIsIsAskedFor() throws {
    var order = try Self.plan(.latest).order
    order.lost = [try #require(LostTable(database: "app", name: "public.a", isDropped: true))]
    let plan = try BarmanRecovery(
      order: order, question: StoreQuestion(address: "s3://backups/k8s/auth-db"), major: 15
    ).plan()
    let commands = plan.roads[1].steps.flatMap(\.commands)
    let programs = "/usr/lib/postgresql/15/bin"
    let place = "-h \"${PRODUCTION:?name its host}\" -U postgres"
    #expect(
      commands.contains(
        "\(programs)/pg_dump \(place) -Fc -s -d app > given-back-app/now.dump &&"))
    #expect(
      commands.contains {
        $0.hasPrefix("\(programs)/psql \(place) -X -q") && $0.hasSuffix("/give-back.sql")
      }, "\(commands)")
  }

  @Test func theStoreIsNamedAsTheProgramsTakeIt() throws {
    let commands = Self.commands(
      try Self.plan(.latest) {
        $0.endpointURL = "https://s3.example:9000"
        $0.profile = "readonly"
        $0.region = "fsn1"
      })
    let place =
      "--endpoint-url https://s3.example:9000 -P readonly s3://backups/k8s auth-db"
    #expect(commands.contains("export AWS_DEFAULT_REGION=fsn1"))
    #expect(commands.contains("runuser -u postgres -- barman-cloud-backup-list \(place)"))
    #expect(
      commands.contains(
        "runuser -u postgres -- barman-cloud-restore \(place) 20261122T030000 "
          + "/var/lib/postgresql/auth-db-recovered/data"))
    #expect(
      commands.contains {
        $0.contains("restore_command = ") && $0.contains("barman-cloud-wal-restore \(place) %f %p")
      })
  }

  @Test(arguments: [
    ("gs://b/p/db", "--cloud-provider google-cloud-storage gs://b/p db"),
    (
      "https://acc.blob.core.windows.net/cont/p/db",
      "--cloud-provider azure-blob-storage https://acc.blob.core.windows.net/cont/p db"
    ), ("s3://b/db", "s3://b db"),
  ])
  func otherStores(address: String, words: String) throws {
    let commands = Self.commands(try Self.plan(.latest, address: address))
    #expect(commands.contains { $0.hasSuffix("barman-cloud-backup-list \(words)") })
  }

  @Test func theTargetIsWrittenAsPostgreSQLReadsIt() throws {
    let text = Self.commands(try Self.plan(.restorePoint("it's"))).joined(separator: "\n")
    // A quote is doubled for PostgreSQL, and each of them leaves the shell's quotes.
    #expect(text.contains("recovery_target_name = '\\''it'\\'''\\''s'\\'''"))
    #expect(text.contains("recovery_target_action = '\\''promote'\\''"))
    #expect(text.contains("touch /var/lib/postgresql/auth-db-recovered/data/recovery.signal"))
  }

  @Test func aBucketAloneIsNoServer() {
    #expect(throws: RecoveryError.self) { try Self.plan(.latest, address: "s3://backups") }
  }

  @Test func whatOnlyTheHostCanTellIsUnknown() throws {
    let plan = try Self.plan(.latest)
    for words in ["may read the store", "tablespaces", "of the kind that production runs on"] {
      let check = try #require(plan.checks.first { $0.what.contains(words) })
      #expect(check.satisfied == nil && !check.detail.isEmpty)
    }
  }
}

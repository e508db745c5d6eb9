import FoundationEssentials
import TestSupport
import Testing

@testable import RecoveryModel

/// Backups that go down with the primary.
@Suite struct SharedPlaceRuleTests {
  private static func cluster(
    _ extent: SharedPlace.Extent, hasOthers: Bool = false
  ) -> ClusterSnapshot {
    Assessed.cluster {
      $0.sharedPlace = SharedPlace(
        extent: extent, what: "/backups and /pg", source: "stat", at: Fixture.date,
        hasOthers: hasOthers)
    }
  }

  @Test(arguments: [SharedPlace.Extent.disk, .machine])
  func itIsNotProvenAgainstThat(extent: SharedPlace.Extent) throws {
    let cluster = Self.cluster(extent)
    #expect(cluster.verdict == .likely)
    let finding = try #require(cluster.findings.first { $0.id == "repository.shared" })
    #expect(finding.severity == .warning)
    #expect(finding.headline.contains("on the primary's own \(extent.rawValue)"))
    #expect(finding.remedy.contains("shared_place: accepted"))
  }

  @Test func anotherRepositoryElsewhereTakesTheSting() throws {
    let cluster = Self.cluster(.disk, hasOthers: true)
    #expect(cluster.verdict == .proven)
    #expect(cluster.findings.first { $0.id == "repository.shared" }?.severity == .info)
  }
}

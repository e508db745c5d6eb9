import FoundationEssentials
import RecoveryModel
import Testing

@testable import CloudNativePG
@testable import Kubernetes

/// A recovery to the end of its archive is held against what the archiver had archived by then.
@Suite("Short replay") struct ShortReplayTests {
  private func place(
    _ path: String = "s3://backups/auth-db-backups/", server: String = "auth-db"
  ) -> ArchivePlace {
    ArchivePlace(destination: path, endpoint: "http://10.231.0.2:7480", server: server)
  }

  private func auth(_ place: ArchivePlace) -> ArchiveReach.Archiver {
    ArchiveReach.Archiver(
      cluster: ObjectKey(namespace: "auth", name: "auth-db"), context: "elsewhere", place: place,
      system: PlayedInstances.authSystem)
  }

  private func archives(
    _ archiver: ArchiveReach.Archiver, _ marks: [(name: String, clock: String)]
  ) throws -> ArchivePlaces {
    let archives = ArchivePlaces()
    for mark in marks {
      let at = try #require(kubernetesDate("2026-11-29T\(mark.clock)Z"))
      archives.reach.note(
        archiver, archived: mark.name, at: at, lookedAt: at.addingTimeInterval(3600))
    }
    return archives
  }

  /// What is said of the end of replay when the cluster was last seen.
  private func told(_ name: String, _ archives: ArchivePlaces) async throws -> Finding? {
    let story = try #require(Story.all.first { $0.name == name })
    let moments = try await story.replay(archives: archives).moments()
    return moments.last?.snapshot.findings.first {
      $0.id == "cnpg.recovery.short" || $0.id == "cnpg.recovery.end"
    }
  }

  private static let first = "00000001000000000000000"

  @Test("a hole in a copied archive: how far it came and how far it should have")
  func hole() async throws {
    let archives = try archives(auth(place()), [(Self.first + "E", "04:18:05")])
    let finding = try #require(try await told("recovery-hole", archives))
    #expect(finding.id == "cnpg.recovery.short")
    #expect(finding.severity == .critical && finding.ceiling == .atRisk)
    #expect(
      finding.headline.hasPrefix(
        "Recovered short: replay ended at 0/B003C08 (last transaction 2026-11-29 03:51:36) for want "
          + "of segment \(Self.first)C, but auth/auth-db had archived up to \(Self.first)E by"))
    #expect(finding.evidence.contains { $0.source.hasPrefix("log of auth-db-holed-1-full") })
    #expect(finding.remedy.contains("s3://backups/holed-backups/"))
  }

  @Test("an archive that went on only afterwards is no hole, and one that had ended is whole")
  func whole() async throws {
    let later = try archives(
      auth(place()), [(Self.first + "7", "03:43:20"), (Self.first + "8", "03:50:07")])
    #expect(try await told("recovery-good", later) == nil)
    let ended = try archives(auth(place()), [(Self.first + "5.00000028.backup", "03:38:56")])
    #expect(try await told("recovery-good", ended) == nil)
  }

  @Test("nobody in sight who could tell")
  func unproven() async throws {
    for name in ["recovery-good", "recovery-plugin", "recovery-hole"] {
      let finding = try #require(try await told(name, ArchivePlaces()))
      #expect(finding.id == "cnpg.recovery.end", "\(name)")
      #expect(finding.severity == .info && finding.ceiling == .proven)
      #expect(finding.headline.contains("nobody in sight can say"))
    }
    // Far beyond by now, but since when?
    let now = try archives(auth(place()), [("000000010000000000000019", "09:00:00")])
    #expect(try await told("recovery-good", now)?.id == "cnpg.recovery.end")
  }

  @Test("a recovery that a target stopped is PostgreSQL's to judge")
  func targets() async throws {
    #expect(try await told("drill-in-cluster", ArchivePlaces()) == nil)
  }

  @Test("another copy of the database on a timeline of its own says nothing")
  func siblings() async throws {
    var sibling = auth(place("s3://other/", server: "auth-db"))
    sibling.cluster.name = "auth-copy"
    let archives = try archives(sibling, [("000000020000000000000020", "04:00:00")])
    #expect(try await told("recovery-hole", archives)?.id == "cnpg.recovery.end")
    sibling.system = "1"
    sibling.place = place("s3://backups/holed-backups/")
    let stranger = try self.archives(sibling, [(Self.first + "E", "04:00:00")])
    #expect(try await told("recovery-hole", stranger)?.id == "cnpg.recovery.end")
    // At the very place of the recovery, a later timeline counts.
    sibling.system = nil
    let branched = try self.archives(sibling, [("00000002000000000000000E", "04:00:00")])
    #expect(try await told("recovery-hole", branched)?.id == "cnpg.recovery.short")
  }
}

import FoundationEssentials
import LocalFiles
import PostgresServers
import RecoveryModel
import Testing

@testable import PgBackRest

/// A repository that goes down with the primary is told, and one that does not is not.
@Suite struct SharedPlaceTests {
  private func found(
    _ options: String, host: String = "/var/run/postgresql", others: [Int] = [],
    devices: [String: UInt64] = ["/backups": 1, "/pg": 1], isMounted: Bool = false,
    accepts: Bool = false
  ) -> SharedPlace? {
    var settings = PgBackRestSettings(
      stanza: "demo",
      instances: [
        ServerAddress(name: "db-1", conninfo: ["host": host]),
        ServerAddress(name: "db-2", conninfo: ["host": "db-2.example.org"]),
      ])
    settings.acceptsSharedPlace = accepts
    return SharedPlaceFinder(
      settings, PgBackRestConfiguration(text: options), repository: 1, others: others,
      fileSystem: { path in
        devices[path].map {
          FileSystem(device: $0, isElsewhere: isMounted && path == "/backups")
        }
      }
    )?.find(primary: "db-1", at: Date(timeIntervalSince1970: 0))
  }

  private static let local = "[global]\nrepo1-path=/backups\n[demo]\npg1-path=/pg\n"

  @Test func theSameFileSystemIsTheSameDisk() {
    let place = found(Self.local)
    #expect(place?.extent == .disk && place?.hasOthers == false)
    #expect(place?.what == "/backups and /pg are on one file system")
  }

  @Test(arguments: ["/tmp", "localhost", "127.0.0.1", "::1"])
  func anotherDiskIsStillTheSameMachine(host: String) {
    #expect(found(Self.local, host: host, devices: ["/backups": 1, "/pg": 2])?.extent == .machine)
    #expect(found(Self.local, host: host, devices: ["/backups": 1])?.extent == .machine)
  }

  @Test("elsewhere, or as it is meant to be")
  func elsewhere() {
    #expect(found(Self.local, host: "db-1.example.org") == nil)
    #expect(found("[global]\nrepo1-type=s3\n[demo]\npg1-path=/pg\n") == nil)
    #expect(found("[global]\nrepo1-host=backup\n[demo]\npg1-path=/pg\n") == nil)
    #expect(found(Self.local, accepts: true) == nil)
    // A server of another host has its directory there.
    let remote = Self.local + "pg1-host=db-9\n"
    #expect(found(remote)?.extent == .machine)
  }

  @Test("the default place, named by nobody and without a stanza of ours, is no repository")
  func defaultPlace() throws {
    let options = "[demo]\npg1-path=/pg\n"
    #expect(found(options, devices: ["/var/lib/pgbackrest": 1, "/pg": 1]) == nil)
    let place = { (text: String) in
      RepositoryPlace(PgBackRestConfiguration(text: text), stanza: "demo", repository: 1)
    }
    #expect(place(options).path == "/var/lib/pgbackrest" && place(options).ownPath("demo") == nil)
    #expect(place(Self.local).ownPath("demo") == "/backups")
  }

  /// Nothing can be said of a directory whose disk is not mounted, nor of one that a file server may hold.
  @Test func aPlaceThatIsNotThereAndOneOfTheNetworkAreNotTold() {
    #expect(found(Self.local, devices: ["/pg": 1]) == nil)
    #expect(found(Self.local, devices: ["/backups": 1, "/pg": 2], isMounted: true) == nil)
    #expect(FileSystem(of: "/proc/self")?.isElsewhere == false)
    #expect(FileSystem(of: "/nowhere/at/all") == nil)
    let mounts = """
      36 35 254:1 / / rw,noatime shared:1 - ext4 /dev/vda1 rw
      90 36 0:52 / /backups rw shared:9 - nfs4 nas:/pg rw
      91 36 0:53 / /s3 rw - fuse.s3fs s3fs rw
      """
    #expect(!FileSystem.isElsewhere(0xfe01, mounts: mounts))
    #expect(FileSystem.isElsewhere(52, mounts: mounts))
    #expect(FileSystem.isElsewhere(53, mounts: mounts))
  }

  @Test(arguments: [("repo2-type=s3", true), ("repo2-path=/more", false)])
  func anotherRepositoryElsewhereIsSaid(option: String, isElsewhere: Bool) {
    let place = found(
      Self.local.replacing("[demo]", with: option + "\n[demo]"), others: [2])
    #expect(place?.hasOthers == isElsewhere)
  }

  @Test func theSandboxAcceptsItAndNothingElseIsTaken() throws {
    var declaration = PgBackRestWorld.declaration()
    declaration.options["shared_place"] = .string("accepted")
    #expect(try PgBackRestSettings(declaration: declaration).acceptsSharedPlace)
    declaration.options["shared_place"] = .string("yes")
    #expect(throws: RecoveryError.self) { try PgBackRestSettings(declaration: declaration) }
  }
}

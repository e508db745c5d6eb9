import DrillParts
import FoundationEssentials
import Glibc
import LocalFiles
import PostgresServers
import RecoveryModel
import Transports

/// Recoveries of a stanza that run on this host: `pgbackrest restore`, and then the server that replays. What another
/// host does, and what this account may not look at, it cannot see.
struct RecoverySight: Sendable {
  var stanza: String
  /// The configuration file that was declared; nil = the tool's own.
  var configuration: String?
  /// Of the database that runs; nil = not known.
  var systemIdentifier: String?
  /// Where the stanza's own data lies, if this host has it.
  var ownDirectory: String?
  /// Below it drills work, which are told of elsewhere.
  var drillPlace: @Sendable () -> String
  /// Where pgBackRest writes its logs; nil = nowhere that is known.
  var logDirectory: String?
  var root = "/proc"
  let watch = ProcessWatch(["pgbackrest", "postgres"], isOfUse: RecoveringServer.mayBeOne)

  /// Entries of a directory that are counted in one look; a larger one is counted in part, and says nothing.
  private static let mostEntries = 500_000
  /// Bytes of a log's end that are read: some thousand segments.
  private static let tail = 128 << 10

  /// A recovery as one look found it, with what tells later whether it got on and how it ended.
  struct Sighting: Sendable {
    var recovery: RecoveryUnderWay
    /// Clock ticks of those that do it.
    var worked: UInt64 = 0
    var log: String?
  }

  func look(segmentSize size: Int, at now: Date) -> [RecoveryUnderWay] {
    sightings(segmentSize: size, at: now).map(\.recovery)
  }

  /// Blocks for some milliseconds; longer while a large directory fills.
  func sightings(segmentSize size: Int, at now: Date) -> [Sighting] {
    let processes = watch.look(root: root, at: now)
    let drills = drillPlace()
    let restores = processes.compactMap { process in
      restore(process, at: now).map { recovery in
        // Its workers are its children.
        let workers = processes.filter { $0.pid == process.pid || $0.parent == process.pid }
        return Sighting(
          recovery: recovery, worked: workers.reduce(0) { $0 &+ $1.worked },
          log: logDirectory.map { "\($0)/\(stanza)-restore.log" })
      }
    }
    let replays = RecoveringServer.all(among: processes, root: root).filter(isOurs).map {
      replay($0, size: size, at: now)
    }
    return (restores + replays).filter { !$0.recovery.place.isInside(drills) }
      .sorted { $0.recovery.place < $1.recovery.place }
  }

  private func restore(_ process: ProcessSighting, at now: Date) -> RecoveryUnderWay? {
    let words = process.arguments
    guard process.name == "pgbackrest", words.contains("restore"),
      words.contains("--stanza=\(stanza)"), isOurs(configurationOf: words),
      let place = Self.value("--pg1-path", words) ?? Self.value("--pg-path", words) ?? ownDirectory
    else { return nil }
    // Over old files a count tells nothing.
    let isOver = words.contains { $0 == "--delta" || $0 == "--delta=y" || $0 == "--force" }
    var recovery = RecoveryUnderWay(
      place: place, stage: .restoring, since: process.startedAt, observedAt: now,
      label: Self.value("--set", words) ?? label(place),
      restoredBytes: isOver ? nil : DirectorySize.bytes(place, mostEntries: Self.mostEntries))
    recovery.begunAt = process.startedAt
    recovery.doing = "pgbackrest restore"
    recovery.lookAt =
      logDirectory.map { "tail \(ShellWord.quoted("\($0)/\(stanza)-restore.log"))" } ?? ""
    return recovery
  }

  /// The manifest that pgBackRest keeps in the directory while it restores.
  private func label(_ place: String) -> String? {
    LocalFile.read("\(place)/backup.manifest", flags: O_NONBLOCK | O_NOFOLLOW, limit: 65_536)
      .flatMap { bytes in
        String(decoding: bytes, as: UTF8.self).split(separator: "\n")
          .first { $0.hasPrefix("backup-label=") }
          .map { $0.dropFirst(13).filter { $0 != "\"" } }
      }
  }

  private func replay(_ server: RecoveringServer, size: Int, at now: Date) -> Sighting {
    let segment = server.segment.flatMap { WALSegment(name: $0, segmentSize: size) }
    var recovery = RecoveryUnderWay(
      place: server.directory, stage: .replaying, since: server.since, observedAt: now,
      replayedFrom: server.from, replayedTo: segment?.start(segmentSize: size), aim: server.aim)
    recovery.doing = server.doing
    recovery.latePace = server.log.flatMap { LocalFile.tail($0, limit: Self.tail) }
      .flatMap { ReplayPace(log: $0).segments }.map { $0 * Double(size) }
    recovery.lookAt = server.log.map { "tail \(ShellWord.quoted($0))" } ?? ""
    return Sighting(recovery: recovery, worked: server.worked, log: server.log)
  }

  /// A stanza's name says nothing by itself: hosts of the same make have the same. The files say whose they are.
  private func isOurs(_ server: RecoveringServer) -> Bool {
    if let its = server.systemIdentifier, let systemIdentifier { return its == systemIdentifier }
    let words = server.restoreCommand.split(separator: " ").map(String.init)
    return server.directory == ownDirectory
      || words.contains("--stanza=\(stanza)") && isOurs(configurationOf: words)
  }

  private func isOurs(configurationOf words: [String]) -> Bool {
    let told = Self.value("--config", words) ?? Self.usual
    return told == configuration ?? Self.usual
  }

  private static let usual = "/etc/pgbackrest/pgbackrest.conf"

  private static func value(_ option: String, _ words: [String]) -> String? {
    words.last { $0.hasPrefix(option + "=") }.map { String($0.dropFirst(option.utf8.count + 1)) }
  }
}

import FoundationEssentials
import Synchronization

/// WAL positions of clusters that have no server behind them: enough for `/pg/status` and for Backups.
final class PlayedArchives: Sendable {
  struct Archive: Sendable {
    /// Segment of 16 MiB on timeline 1 that is being written.
    var current = 9
    /// The last one in the archive.
    var archived = 8
    var archivedAt = Date()
    var isArchiving = true
  }
  private let state = Mutex<[String: Archive]>([:])

  static func segment(_ number: Int) -> String {
    "00000001" + hex(number / 256) + hex(number % 256)
  }

  static func lsn(_ number: Int, offset: String) -> String {
    let digits = hex(number % 256)
    return String(number / 256, radix: 16, uppercase: true) + "/" + digits.suffix(2) + offset
  }

  private static func hex(_ number: Int) -> String {
    let text = String(number, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 8 - text.count)) + text
  }

  /// Begins to keep an archive for a cluster.
  func begin(_ key: String) { state.withLock { $0[key] = $0[key] ?? Archive() } }

  func change<Result: Sendable>(
    _ key: String, _ change: @Sendable (inout Archive) -> Result
  ) -> Result {
    state.withLock { change(&$0[key, default: Archive()]) }
  }

  /// nil for pods of clusters that are not played.
  func status(of request: ProxyRequest) -> ProxyResponse? {
    let parts = request.pod.split(separator: "-")
    guard parts.count > 1, let serial = parts.last.flatMap({ Int($0) }) else { return nil }
    let key = request.namespace + "/" + parts.dropLast().joined(separator: "-")
    guard let archive = state.withLock({ $0[key] }) else { return nil }
    var status: JSONValue = [
      "systemID": "7431000000000000001", "timeLineID": 1, "isPodReady": true,
      "instanceManagerVersion": "1.30.0", "currentWAL": .string(Self.segment(archive.current)),
      "pod": ["metadata": ["name": .string(request.pod)]],
    ]
    if serial == 1 {
      status["isPrimary"] = true
      status["currentLsn"] = .string(Self.lsn(archive.current, offset: "000148"))
      status["lastArchivedWAL"] = .string(Self.segment(archive.archived))
      status["lastArchivedWALTime"] = .string(timestamp(archive.archivedAt))
      status["lastFailedWALTime"] = "-infinity"
      if archive.isArchiving { status["isArchivingWAL"] = true }
      let waiting = archive.current - archive.archived - 1
      if waiting > 0 { status["readyWalFiles"] = .integer(waiting) }
    }
    return ProxyResponse(200, status.text)
  }
}

import FoundationEssentials
import RecoveryModel

/// `pgbackrest repo-ls --recurse --output=json archive/STANZA`, sorted into segments and history files.
struct ArchiveListing: Sendable, Equatable {
  /// Archive id of the current database, as `15-1`; nil when nothing was ever archived.
  var archiveID: String?
  /// Name (24 digits), bytes stored, when.
  var segments: [File] = []
  /// Names of history files, as `00000002.history`.
  var histories: [String] = []

  /// A segment is stored whole or not at all, and no compression makes 1 MiB smaller: less is a file cut off, as a
  /// crash or a full disk leaves it, and no segment.
  private static let leastBytes: Int64 = 32

  struct File: Sendable, Equatable {
    var name: String
    var bytes: Int64
    var at: Date?
  }

  init() {}

  /// Throws `RecoveryError` (failed) for anything that is not the tool's JSON.
  init(json: String) throws(RecoveryError) {
    var byID: [Substring: (segments: [File], histories: [String])] = [:]
    do {
      try ListingScanner.scan(json) { entry in
        let parts = entry.path.split(separator: "/")
        guard entry.isFile, parts.count >= 2, let last = parts.last else { return }
        if last.hasSuffix(".history") {
          byID[parts[0], default: ([], [])].histories.append(String(last))
        } else if let name = Self.segmentName(last), (entry.size ?? .max) >= Self.leastBytes {
          let file = File(
            name: name, bytes: entry.size ?? 0,
            at: entry.time.map { Date(timeIntervalSince1970: Double($0)) })
          byID[parts[0], default: ([], [])].segments.append(file)
        }
      }
    } catch {
      throw RecoveryError(
        .failed, "pgbackrest repo-ls did not answer with the JSON that was expected",
        remedy: "pgvigil reads pgBackRest 2.41 and later")
    }
    guard let newest = byID.max(by: { Self.generation($0.key) < Self.generation($1.key) }) else {
      return
    }
    archiveID = String(newest.key)
    segments = newest.value.segments.sorted { $0.name < $1.name }
    histories = newest.value.histories.sorted()
  }

  /// Bytes per segment as the names themselves betray it: the highest index within a log that is followed by
  /// another log; nil while nothing crosses such a border.
  var impliedSegmentSize: Int? {
    var highestByLog: [UInt64: UInt64] = [:]
    for file in segments {
      guard let log = UInt64(file.name.prefix(16), radix: 16),
        let index = UInt64(file.name.suffix(8), radix: 16)
      else { continue }
      highestByLog[log] = max(highestByLog[log] ?? 0, index)
    }
    let complete = highestByLog.filter { highestByLog[$0.key + 1] != nil }
    guard let highest = complete.values.max(), highest > 0 else { return nil }
    var size = 1 << 20
    // Sizes are powers of two from 1 MiB to 1 GiB.
    while size < 1 << 30, 0x1_0000_0000 / UInt64(size) - 1 > highest { size <<= 1 }
    return size
  }

  func walArchive(segmentSize: Int, switches: [TimelineSwitch]) -> WALArchive {
    let archived = segments.compactMap { file -> ArchivedSegment? in
      guard let segment = WALSegment(name: file.name, segmentSize: segmentSize) else { return nil }
      return ArchivedSegment(segment: segment, storedBytes: file.bytes, archivedAt: file.at)
    }
    return WALArchive(segmentSize: segmentSize, segments: archived, switches: switches)
  }

  /// `24 digits-checksum[.lz4…]`: no `.partial`, no `.backup`.
  private static func segmentName(_ name: Substring) -> String? {
    let digits = name.utf8.prefix(24)
    guard digits.count == 24, name.utf8.dropFirst(24).first == UInt8(ascii: "-"),
      digits.allSatisfy({ (48...57).contains($0) || (65...70).contains($0) })
    else { return nil }
    return String(name.prefix(24))
  }

  /// `15-2` → 2: a stanza upgrade counts up.
  private static func generation(_ id: Substring) -> Int {
    id.split(separator: "-").last.flatMap { Int($0) } ?? 0
  }
}

/// A timeline history file: `parent ⇥ switch LSN ⇥ reason` per line, oldest first.
enum TimelineHistory {
  /// All switches that lead to `timeline`; lines that are not of this form are left out.
  static func switches(timeline: UInt32, text: String) -> [TimelineSwitch] {
    let steps = text.split(whereSeparator: \.isNewline).compactMap {
      line -> (parent: UInt32, at: LSN)? in
      let fields = line.split(whereSeparator: \.isWhitespace)
      guard fields.count >= 2, let parent = UInt32(fields[0]), let at = LSN(text: fields[1])
      else { return nil }
      return (parent, at)
    }
    return steps.enumerated().map { index, step in
      let child = index + 1 < steps.count ? steps[index + 1].parent : timeline
      return TimelineSwitch(timeline: child, parent: step.parent, switchedAt: step.at)
    }
  }
}

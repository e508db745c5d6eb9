import FoundationEssentials
import RecoveryModel

/// `pgbackrest repo-ls --output=json` of an archive, whole or of a part, sorted into segments, history files, and what
/// only looks like a segment.
package struct ArchiveListing: Sendable, Equatable {
  /// By archive id, as `15-1`: one for each database that the stanza has had.
  package var archives: [String: Archive] = [:]

  /// A timeline's history; another one may come to stand under its name.
  package struct HistoryFile: Sendable, Equatable {
    /// As `00000002.history`.
    package var name: String
    var size: Int64?
    /// Seconds since 1970.
    var time: Int64?
  }

  /// What one database has archived.
  package struct Archive: Sendable, Equatable {
    /// Sorted by name; all files of a segment, one after the other.
    package var files: [ArchivedFile] = []
    package var histories: [HistoryFile] = []
    var odd: [OddFile] = []
    /// Its directories, as `ArchivedFile.directory`, empty ones too.
    package var directories: Set<UInt64> = []

    package init(
      files: [ArchivedFile] = [], histories: [HistoryFile] = [], odd: [OddFile] = [],
      directories: Set<UInt64> = []
    ) {
      self.files = files
      self.histories = histories
      self.odd = odd
      self.directories = directories
    }
  }

  init() {}

  /// `prefix`: the archive id that was asked for, where names are relative to it. Throws `ListingScanner.Malformed` for
  /// anything that is not the tool's JSON.
  init(json: String, prefix: String? = nil) throws(ListingScanner.Malformed) {
    var archives: [String: Archive] = [:]
    try ListingScanner.scan(json) { entry in
      var parts = entry.path.split(separator: "/")
      if let prefix, parts.first.map({ !Self.isArchiveID($0) }) ?? true {
        parts.insert(Substring(prefix), at: 0)
      }
      guard let id = parts.first, Self.isArchiveID(id) else { return }
      archives[String(id), default: Archive()].take(entry, parts.dropFirst())
    }
    for id in archives.keys {
      archives[id]?.files.sort { $0.key < $1.key }
      archives[id]?.histories.sort { $0.name < $1.name }
    }
    self.archives = archives
  }

  /// `15-2`, `9.6-1`.
  static func isArchiveID(_ text: Substring) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    return parts.count == 2 && Int(parts[1]) != nil
      && parts[0].utf8.allSatisfy { (48...57).contains($0) || $0 == 46 } && !parts[0].isEmpty
  }

  /// Archive id of the newest database; nil when nothing was ever archived. A stanza upgrade counts up.
  var newestID: String? {
    archives.keys.max { Self.generation($0) < Self.generation($1) }
  }

  package static func generation(_ id: String) -> Int {
    id.split(separator: "-").last.flatMap { Int($0) } ?? 0
  }

  /// Archive id of a database by its number in the catalog; nil = of the newest.
  package func id(of database: Int?) -> String? {
    guard let database else { return newestID }
    return archives.keys.first { Self.generation($0) == database }
  }

  /// All files of all databases.
  package var bytes: Int64 {
    archives.values.reduce(0) { $0 + $1.files.reduce(0) { $0 + $1.bytes } }
  }
}

extension ArchiveListing.Archive {
  /// `parts`: the path below the archive id.
  fileprivate mutating func take(_ entry: ListingScanner.Entry, _ parts: ArraySlice<Substring>) {
    guard let name = parts.last else { return }
    let parent = parts.count > 1 ? parts[parts.endIndex - 2] : nil
    guard entry.isFile else {
      if let directory = Self.directory(name) { directories.insert(directory) }
      return
    }
    if name.hasSuffix(".history") {
      var digits = HexReader(name.utf8)
      if digits.number(8, upper: true) != nil, digits.rest.elementsEqual(".history".utf8) {
        histories.append(
          ArchiveListing.HistoryFile(name: String(name), size: entry.size, time: entry.time))
      }
      return
    }
    let file = ArchivedFile(name.utf8, size: entry.size, time: entry.time)
    if let file, parent == nil || parent.flatMap(Self.directory) == file.directory {
      files.append(file)
    } else if let odd = Self.odd(name, entry) {
      self.odd.append(odd)
    }
  }

  package static func directory(_ name: Substring) -> UInt64? {
    var digits = HexReader(name.utf8)
    guard let number = digits.number(16, upper: true), digits.rest.isEmpty else { return nil }
    return number
  }

  /// nil for what has a right to lie there: `.partial` of a promotion, `.backup` of a base backup.
  private static func odd(_ name: Substring, _ entry: ListingScanner.Entry) -> OddFile? {
    var digits = HexReader(name.utf8)
    guard digits.number(8, upper: true) != nil, digits.number(16, upper: true) != nil else {
      return nil
    }
    let rest = name.dropFirst(24)
    guard !rest.hasPrefix(".partial"), !rest.hasSuffix(".backup") else { return nil }
    return OddFile(
      segment: String(name.prefix(24)), file: String(name),
      fault: rest.hasSuffix(".tmp") ? .halfWritten : .foreignName,
      at: entry.time.map { Date(timeIntervalSince1970: Double($0)) })
  }

  /// The files of some directories come anew; the others stay.
  package mutating func replace(_ stale: Set<UInt64>, with fresh: [ArchiveListing.Archive]) {
    files.removeAll { stale.contains($0.directory) }
    odd.removeAll { odd in
      Self.directory(odd.segment.prefix(16)).map { stale.contains($0) } ?? true
    }
    for part in fresh {
      files += part.files
      odd += part.odd
    }
    files.sort { $0.key < $1.key }
  }

  /// Bytes per segment as the names themselves betray it: the highest index within a log that is followed by
  /// another log; nil while nothing crosses such a border.
  var impliedSegmentSize: Int? {
    var highestByLog: [UInt64: UInt32] = [:]
    for file in files {
      highestByLog[file.directory, default: 0] = max(highestByLog[file.directory] ?? 0, file.index)
    }
    let complete = highestByLog.filter { highestByLog[$0.key + 1] != nil }
    guard let highest = complete.values.max(), highest > 0 else { return nil }
    var size = 1 << 20
    // Sizes are powers of two from 1 MiB to 1 GiB.
    while size < 1 << 30, 0x1_0000_0000 / UInt64(size) - 1 > UInt64(highest) { size <<= 1 }
    return size
  }

  package func walArchive(segmentSize: Int, switches: [TimelineSwitch]) -> WALArchive {
    var segments = SegmentList()
    segments.reserveCapacity(files.count)
    var spoiled: [SpoiledSegment] = []
    var start = files.startIndex
    while start < files.endIndex {
      var end = start + 1
      while end < files.endIndex, files[end].isSame(as: files[start]) { end += 1 }
      judge(files[start..<end], segmentSize, &segments, &spoiled)
      start = end
    }
    for file in odd {
      guard let segment = WALSegment(name: file.segment, segmentSize: segmentSize) else { continue }
      spoiled.append(
        SpoiledSegment(segment: segment, fault: file.fault, files: [file.file], at: file.at))
    }
    var archive = WALArchive(segmentSize: segmentSize, segments: segments, switches: switches)
    archive.spoiled = spoiled
    archive.histories = Set(histories.compactMap { WALSegment.timeline(ofFile: $0.name) })
    return archive
  }

  /// All files of one segment. pgBackRest takes none where there are several, whatever they hold.
  private func judge(
    _ twins: ArraySlice<ArchivedFile>, _ segmentSize: Int, _ segments: inout SegmentList,
    _ spoiled: inout [SpoiledSegment]
  ) {
    guard let first = twins.first,
      let segment = WALSegment(
        timeline: first.timeline, log: first.log, index: first.index, segmentSize: segmentSize)
    else { return }
    let fit = twins.filter { $0.fits(segmentSize: segmentSize) }
    if let one = fit.first {
      segments.append(
        ArchivedSegment(segment: segment, storedBytes: one.bytes, archivedAt: one.at))
    }
    let newest = twins.compactMap(\.at).max()
    if twins.count > 1 {
      let same = twins.allSatisfy { $0.checksum == first.checksum }
      spoiled.append(
        SpoiledSegment(
          segment: segment, fault: .duplicate(same: same), files: twins.map(\.fileName), at: newest)
      )
    } else if fit.isEmpty {
      spoiled.append(
        SpoiledSegment(
          segment: segment, fault: .wrongSize(first.bytes), files: [first.fileName], at: newest))
    }
  }
}

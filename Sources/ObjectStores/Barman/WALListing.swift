import FoundationEssentials
import RecoveryModel

/// What lies under `wals/` of one server, sorted into segments, history files, and what only looks like one.
package struct WALListing: Sendable, Equatable {
  /// What a segment's file is beside the segment: nearly all of an archive are of one kind.
  struct Kind: Hashable, Sendable, Comparable {
    var compression: BarmanCompression
    var isPartial: Bool

    /// What the name has after the segment's own.
    var suffix: String { (isPartial ? ".partial" : "") + compression.rawValue }

    /// As names of one segment are ordered.
    static func < (left: Kind, right: Kind) -> Bool {
      (left.isPartial ? 1 : 0, left.compression.rawValue)
        < (right.isPartial ? 1 : 0, right.compression.rawValue)
    }
  }

  /// A file that is named as a segment is.
  struct File: Sendable, Equatable {
    var timeline: UInt32
    var log: UInt32
    var index: UInt32
    var kind: Kind
    var bytes: Int64
    /// nil = not told.
    var at: Date?

    var name: String { hex(timeline) + hex(log) + hex(index) + kind.suffix }
    /// Below `wals/`.
    var path: String { "\(directory)/\(name)" }
    /// As `0000000100000000`.
    var directory: String { hex(timeline) + hex(log) }

    private func hex(_ value: UInt32) -> String {
      let digits = String(value, radix: 16, uppercase: true)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }
  }

  struct HistoryFile: Sendable, Equatable {
    var key: String
    var timeline: UInt32
    var compression: BarmanCompression
    /// Another one may come to stand under its name.
    var modifiedAt: Date?
  }

  /// What is there beside segments: a few.
  struct Other: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
      case history(HistoryFile)
      /// `.backup`: a base backup's mark in the archive.
      case mark
      /// No place here: temporary names, other suffixes, other directories.
      case stray
      /// Some tools leave an object for the directory itself.
      case directory
    }
    /// Below `wals/`.
    var path: String
    var kind: Kind
    var bytes: Int64
  }

  /// Files that are named as segments are, each kind in order. How large a segment is nobody has said yet: the log is the
  /// upper half of its number.
  var segments: [Kind: SegmentList] = [:]
  var others: [Other] = []

  package init() {}

  package var objects: Int { segments.values.reduce(0) { $0 + $1.count } + others.count }
  package var bytes: Int64 {
    segments.values.reduce(0) { $0 + $1.storedBytes } + others.reduce(0) { $0 + $1.bytes }
  }
  var histories: [HistoryFile] {
    others.compactMap { if case .history(let file) = $0.kind { file } else { nil } }
      .sorted { $0.timeline < $1.timeline }
  }
  var marks: Int { others.count { $0.kind == .mark } }
  var strays: [String] { others.filter { $0.kind == .stray }.map(\.path) }
  var partials: Int { segments.reduce(0) { $0 + ($1.key.isPartial ? $1.value.count : 0) } }
  /// Whole files by compression, as `gzip`.
  var compressions: [String: Int] {
    var counts: [String: Int] = [:]
    for (kind, list) in segments where !kind.isPartial && !list.isEmpty {
      counts[kind.compression.words] = list.count
    }
    return counts
  }
  /// The last segment's file.
  var newest: File? {
    let last = segments.compactMap { kind, list in list.last.map { ($0, kind) } }
    return last.max { ($0.0.segment, $0.1) < ($1.0.segment, $1.1) }.map { File($0, $1) }
  }
  var timelines: Set<UInt32> {
    Set(segments.values.flatMap { $0.stretches.map(\.first.timeline) })
  }

  /// `path`: below `wals/`.
  package mutating func take(path: Substring, _ object: StoredObject) {
    let slash = path.firstIndex(of: "/")
    let directory = slash.map { path[..<$0] }
    let name = slash.map { path[path.index(after: $0)...] } ?? path
    let (bare, compression) = BarmanCompression.split(name)
    let kind: Other.Kind
    if name.isEmpty {
      kind = .directory
    } else if let timeline = Self.history(bare), directory == nil {
      kind = .history(
        HistoryFile(
          key: object.key, timeline: timeline, compression: compression,
          modifiedAt: object.modifiedAt))
    } else if bare.prefix(16) == directory ?? "", let segment = Self.segment(bare) {
      let kind = Kind(compression: compression, isPartial: bare.hasSuffix(".partial"))
      segments[kind, default: []].append(
        ArchivedSegment(
          segment: segment, storedBytes: object.bytes, archivedAt: object.modifiedAt))
      return
    } else {
      kind = Self.isMark(bare) ? .mark : .stray
    }
    others.append(Other(path: String(path), kind: kind, bytes: object.bytes))
  }

  /// `sort` afterwards.
  mutating func merge(_ other: WALListing) {
    for (kind, list) in other.segments { segments[kind, default: []].append(contentsOf: list) }
    others += other.others
  }

  mutating func sort() {
    for (kind, list) in segments {
      if list.isEmpty {
        segments[kind] = nil
      } else if !list.isStrictlySorted {
        segments[kind] = SegmentList(list.sorted { $0.segment < $1.segment })
      }
    }
    others.sort { $0.path < $1.path }
  }

  /// In no more memory than it takes.
  var compacted: WALListing {
    var listing = self
    listing.segments = segments.mapValues(\.compacted)
    return listing
  }

  private static func history(_ name: Substring) -> UInt32? {
    guard name.hasSuffix(".history"), name.utf8.count == 16 else { return nil }
    return hex(name.utf8.prefix(8))
  }

  /// Of a name without its compression's suffix.
  private static func segment(_ name: Substring) -> WALSegment? {
    guard name.utf8.count == (name.hasSuffix(".partial") ? 32 : 24),
      let timeline = hex(name.utf8.prefix(8)), let log = hex(name.utf8.dropFirst(8).prefix(8)),
      let index = hex(name.utf8.dropFirst(16).prefix(8))
    else { return nil }
    return WALSegment(timeline: timeline, number: UInt64(log) << 32 | UInt64(index))
  }

  /// `24 digits.8 digits.backup`.
  private static func isMark(_ name: Substring) -> Bool {
    name.utf8.count == 40 && name.hasSuffix(".backup") && name.dropFirst(24).first == "."
      && hex(name.utf8.prefix(8)) != nil && hex(name.utf8.dropFirst(25).prefix(8)) != nil
  }

  /// Eight digits in upper case, as PostgreSQL writes them.
  private static func hex(_ digits: Substring.UTF8View) -> UInt32? {
    var value: UInt32 = 0
    for byte in digits {
      switch byte {
      case 48...57: value = value << 4 | UInt32(byte - 48)
      case 65...70: value = value << 4 | UInt32(byte - 55)
      default: return nil
      }
    }
    return value
  }
}

extension WALListing.File {
  init(_ archived: ArchivedSegment, _ kind: WALListing.Kind) {
    self.init(
      timeline: archived.segment.timeline, log: UInt32(archived.segment.number >> 32),
      index: UInt32(truncatingIfNeeded: archived.segment.number), kind: kind,
      bytes: archived.storedBytes, at: archived.archivedAt)
  }
}

extension WALListing {

  /// Calls `take` with each segment in order and with all its files.
  func forEachSegment(_ take: (WALSegment, [(kind: Kind, archived: ArchivedSegment)]) -> Void) {
    var lists = segments.sorted { $0.key < $1.key }.map { kind, list in
      (kind: kind, next: list.first, rest: list.makeIterator())
    }
    for index in lists.indices { _ = lists[index].rest.next() }
    var files: [(kind: Kind, archived: ArchivedSegment)] = []
    while let segment = lists.compactMap({ $0.next?.segment }).min() {
      files.removeAll(keepingCapacity: true)
      for index in lists.indices {
        guard let next = lists[index].next, next.segment == segment else { continue }
        files.append((lists[index].kind, next))
        lists[index].next = lists[index].rest.next()
      }
      take(segment, files)
    }
  }

  var files: [File] {
    var files: [File] = []
    forEachSegment { _, all in files += all.map { File($0.archived, $0.kind) } }
    return files
  }
}

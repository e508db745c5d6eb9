import FoundationEssentials
import RecoveryModel

/// What lies under `wals/` of one server, sorted into segments, history files, and what only looks like one.
package struct WALListing: Sendable, Equatable {
  /// A file that is named as a segment is. Numbers, not texts: an archive has hundreds of thousands.
  struct File: Sendable, Equatable {
    var timeline: UInt32
    var log: UInt32
    var index: UInt32
    var compression: BarmanCompression
    var isPartial: Bool
    var bytes: Int64
    /// Seconds since 1970; nil = not told.
    var time: Double?

    /// Files of one segment stand together, in the order of their names.
    static func precedes(_ left: File, _ right: File) -> Bool {
      (left.timeline, left.log, left.index, left.isPartial ? 1 : 0, left.compression.rawValue)
        < (
          right.timeline, right.log, right.index, right.isPartial ? 1 : 0,
          right.compression.rawValue
        )
    }

    var name: String {
      hex(timeline) + hex(log) + hex(index) + (isPartial ? ".partial" : "") + compression.rawValue
    }

    /// Below `wals/`.
    var path: String { "\(directory)/\(name)" }
    /// As `0000000100000000`.
    var directory: String { hex(timeline) + hex(log) }

    func isSame(as other: File) -> Bool {
      (timeline, log, index) == (other.timeline, other.log, other.index)
    }

    private func hex(_ value: UInt32) -> String {
      let digits = String(value, radix: 16, uppercase: true)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }
  }

  struct HistoryFile: Sendable, Equatable {
    var key: String
    var timeline: UInt32
    var compression: BarmanCompression
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

  var files: [File] = []
  var others: [Other] = []

  package init() {}

  package var objects: Int { files.count + others.count }
  package var bytes: Int64 {
    files.reduce(0) { $0 + $1.bytes } + others.reduce(0) { $0 + $1.bytes }
  }
  var histories: [HistoryFile] {
    others.compactMap { if case .history(let file) = $0.kind { file } else { nil } }
      .sorted { $0.timeline < $1.timeline }
  }
  var marks: Int { others.count { $0.kind == .mark } }
  var strays: [String] { others.filter { $0.kind == .stray }.map(\.path) }

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
        HistoryFile(key: object.key, timeline: timeline, compression: compression))
    } else if let file = Self.file(bare, compression, object), bare.prefix(16) == directory ?? "" {
      return files.append(file)
    } else {
      kind = Self.isMark(bare) ? .mark : .stray
    }
    others.append(Other(path: String(path), kind: kind, bytes: object.bytes))
  }

  /// `sort` afterwards.
  mutating func merge(_ other: WALListing) {
    files += other.files
    others += other.others
  }

  mutating func sort() {
    files.sort(by: File.precedes)
    others.sort { $0.path < $1.path }
  }

  private static func history(_ name: Substring) -> UInt32? {
    guard name.hasSuffix(".history"), name.utf8.count == 16 else { return nil }
    return hex(name.utf8.prefix(8))
  }

  private static func file(
    _ name: Substring, _ compression: BarmanCompression, _ object: StoredObject
  ) -> File? {
    let isPartial = name.hasSuffix(".partial")
    guard name.utf8.count == (isPartial ? 32 : 24), let timeline = hex(name.utf8.prefix(8)),
      let log = hex(name.utf8.dropFirst(8).prefix(8)),
      let index = hex(name.utf8.dropFirst(16).prefix(8))
    else { return nil }
    return File(
      timeline: timeline, log: log, index: index, compression: compression, isPartial: isPartial,
      bytes: object.bytes, time: object.modifiedAt?.timeIntervalSince1970)
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

extension WALListing {
  /// Bytes per segment as the files betray it where no backup tells: by the size of an uncompressed one, or by the highest
  /// number that is followed by the next log; nil = nothing does.
  var impliedSegmentSize: Int? {
    let plain = files.lazy.filter { $0.compression == .none && !$0.isPartial }
      .compactMap { BackupInfo.segmentSize(Int($0.bytes)) }
    if let size = plain.first { return size }
    var highest: [UInt64: UInt32] = [:]
    for file in files {
      let log = UInt64(file.timeline) << 32 | UInt64(file.log)
      highest[log] = max(highest[log] ?? 0, file.index)
    }
    guard let top = highest.filter({ highest[$0.key + 1] != nil }).values.max(), top > 0 else {
      return nil
    }
    return (20...30).map { 1 << $0 }.last { 0x1_0000_0000 / $0 - 1 >= Int(top) }
  }

  /// Whether names occur that cannot be with segments of this size.
  func contradicts(segmentSize: Int) -> Bool {
    let perLog = 0x1_0000_0000 / UInt64(segmentSize)
    return files.contains { UInt64($0.index) >= perLog }
  }

  /// As the model's audit takes it. `twins` counts segments that lie there several times.
  func archive(
    segmentSize: Int, switches: [TimelineSwitch], twins: inout Int
  ) -> WALArchive {
    var archive = WALArchive(segmentSize: segmentSize, segments: [], switches: switches)
    archive.segments.reserveCapacity(files.count)
    var start = files.startIndex
    while start < files.endIndex {
      var end = start + 1
      while end < files.endIndex, files[end].isSame(as: files[start]) { end += 1 }
      judge(files[start..<end], &archive, &twins)
      start = end
    }
    return archive
  }

  /// All files of one segment. Barman's restore fetches each whole one in the order of the names, over the one before: the
  /// last is what PostgreSQL gets.
  private func judge(_ all: ArraySlice<File>, _ archive: inout WALArchive, _ twins: inout Int) {
    let whole = all.filter { !$0.isPartial }
    if whole.count > 1 { twins += 1 }
    guard let file = whole.last ?? all.last,
      let segment = WALSegment(
        timeline: file.timeline, log: file.log, index: file.index,
        segmentSize: archive.segmentSize)
    else { return }
    let at = file.time.map { Date(timeIntervalSince1970: $0) }
    if whole.isEmpty {
      archive.spoiled.append(
        SpoiledSegment(segment: segment, fault: .halfWritten, files: all.map(\.name), at: at))
    } else if Self.fits(file, segmentSize: archive.segmentSize) {
      archive.segments.append(
        ArchivedSegment(segment: segment, storedBytes: file.bytes, archivedAt: at))
    } else {
      archive.spoiled.append(
        SpoiledSegment(
          segment: segment, fault: .wrongSize(file.bytes), files: whole.map(\.name), at: at))
    }
  }

  /// No compression makes a mebibyte smaller than this; less is a file cut off.
  private static let leastBytes: Int64 = 32

  static func fits(_ file: File, segmentSize: Int) -> Bool {
    let whole = Int64(segmentSize)
    return file.compression == .none
      ? file.bytes == whole
        // What does not compress grows by less than an eighth.
      : (leastBytes...whole + whole / 8 + 4096).contains(file.bytes)
  }
}

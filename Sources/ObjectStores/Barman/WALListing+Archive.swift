import FoundationEssentials
import RecoveryModel

/// What the names and sizes of a listing say of the archive.
extension WALListing {
  /// Bytes per segment as the files betray it where no backup tells: by the size of an uncompressed one, or by the highest
  /// number that is followed by the next log; nil = nothing does.
  var impliedSegmentSize: Int? {
    let plain = segments[Kind(compression: .none, isPartial: false)] ?? []
    let sizes = plain.lazy.compactMap { BackupInfo.segmentSize(Int($0.storedBytes)) }
    if let size = sizes.first { return size }
    var highest: [UInt64: UInt32] = [:]
    for stretch in segments.values.flatMap(\.stretches) {
      let log = UInt64(stretch.first.timeline) << 32 | stretch.first.number >> 32
      highest[log] = max(highest[log] ?? 0, Self.index(stretch.last))
    }
    guard let top = highest.filter({ highest[$0.key + 1] != nil }).values.max(), top > 0 else {
      return nil
    }
    return (20...30).map { 1 << $0 }.last { 0x1_0000_0000 / $0 - 1 >= Int(top) }
  }

  /// Whether names occur that cannot be with segments of this size.
  func contradicts(segmentSize: Int) -> Bool {
    let perLog = 0x1_0000_0000 / UInt64(segmentSize)
    return segments.values.contains { list in
      list.stretches.contains { UInt64(Self.index($0.last)) >= perLog }
    }
  }

  /// The place within its log.
  private static func index(_ segment: WALSegment) -> UInt32 {
    UInt32(truncatingIfNeeded: segment.number)
  }

  /// As the model's audit takes it. `twins` counts segments that lie there several times.
  func archive(
    segmentSize: Int, switches: [TimelineSwitch], twins: inout Int
  ) -> WALArchive {
    var archive = WALArchive(segmentSize: segmentSize, segments: [], switches: switches)
    if let whole = plainSegments(segmentSize) {
      archive.segments = whole.list
      archive.spoiled = whole.spoiled
      return archive
    }
    archive.segments.reserveCapacity(segments.values.map(\.count).max() ?? 0)
    var count = 0
    forEachSegment { named, files in
      guard let segment = Self.numbered(named, segmentSize) else { return }
      Self.judge(segment, files, &archive, &count)
    }
    twins += count
    archive.segments = archive.segments.compacted
    return archive
  }

  /// Of an archive in which every whole file is of one compression and of a size that can be, as nearly all are: its
  /// segments in the memory of the listing, and what is there half written. nil = look at each.
  private func plainSegments(
    _ segmentSize: Int
  ) -> (list: SegmentList, spoiled: [SpoiledSegment])? {
    let whole = segments.filter { !$0.key.isPartial }
    guard whole.count == 1, let (kind, files) = whole.first, files.isStrictlySorted,
      files.allSatisfy({ Self.fits($0.storedBytes, kind.compression, segmentSize: segmentSize) }),
      let list = files.renumbered({ Self.numbered($0, segmentSize) })
    else { return nil }
    var rest = WALArchive(segmentSize: segmentSize, segments: [])
    var partials = self
    partials.segments = segments.filter(\.key.isPartial)
    var none = 0
    partials.forEachSegment { named, files in
      guard let segment = Self.numbered(named, segmentSize),
        !list.stretches.contains(where: { $0.first <= segment && segment <= $0.last })
      else { return }
      Self.judge(segment, files, &rest, &none)
    }
    return (list, rest.spoiled)
  }

  /// By the number that it has with segments of this size; nil where none can be called so.
  private static func numbered(_ named: WALSegment, _ segmentSize: Int) -> WALSegment? {
    WALSegment(
      timeline: named.timeline, log: UInt32(named.number >> 32), index: index(named),
      segmentSize: segmentSize)
  }

  /// All files of one segment. Barman's restore fetches each whole one in the order of the names, over the one before: the
  /// last is what PostgreSQL gets.
  private static func judge(
    _ segment: WALSegment, _ files: [(kind: Kind, archived: ArchivedSegment)],
    _ archive: inout WALArchive, _ twins: inout Int
  ) {
    let whole = files.count { !$0.kind.isPartial }
    if whole > 1 { twins += 1 }
    guard let file = files.last(where: { !$0.kind.isPartial }) ?? files.last else { return }
    let bytes = file.archived.storedBytes
    func spoil(_ fault: SpoiledSegment.Fault, _ names: [String]) {
      archive.spoiled.append(
        SpoiledSegment(
          segment: segment, fault: fault, files: names, at: file.archived.archivedAt))
    }
    if whole == 0 {
      spoil(.halfWritten, files.map { File($0.archived, $0.kind).name })
    } else if fits(bytes, file.kind.compression, segmentSize: archive.segmentSize) {
      archive.segments.append(
        ArchivedSegment(
          segment: segment, storedBytes: bytes, archivedAt: file.archived.archivedAt))
    } else {
      spoil(
        .wrongSize(bytes),
        files.filter { !$0.kind.isPartial }.map { File($0.archived, $0.kind).name })
    }
  }

  /// No compression makes a mebibyte smaller than this; less is a file cut off.
  private static let leastBytes: Int64 = 32

  private static func fits(
    _ bytes: Int64, _ compression: BarmanCompression, segmentSize: Int
  ) -> Bool {
    let whole = Int64(segmentSize)
    return compression == .none
      ? bytes == whole
        // What does not compress grows by less than an eighth.
      : (leastBytes...whole + whole / 8 + 4096).contains(bytes)
  }
}

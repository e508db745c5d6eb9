import RecoveryModel

/// What a later look at a part of `wals/` does to what is known.
extension WALListing {
  /// Takes away the last `count` segments and more, and all that comes after those which stay. The last path of these; nil
  /// when nothing is left.
  mutating func cut(_ count: Int) -> String? {
    var ends = segments.mapValues(\.count)
    func last(_ kind: Kind) -> WALSegment? {
      guard let end = ends[kind], end > 0 else { return nil }
      return segments[kind]?[end - 1].segment
    }
    var gone = 0
    // Files of one segment stay together.
    while gone < count, let segment = ends.keys.compactMap(last).max() {
      for kind in segments.keys where last(kind) == segment {
        ends[kind, default: 0] -= 1
        gone += 1
      }
    }
    for (kind, end) in ends { segments[kind]?.truncate(to: end) }
    segments = segments.filter { !$0.value.isEmpty }
    guard let segment = segments.values.compactMap({ $0.last?.segment }).max() else {
      self = WALListing()
      return nil
    }
    let paths = segments.compactMap { kind, list in
      list.last.flatMap { $0.segment == segment ? File($0, kind).path : nil }
    }
    guard let border = paths.max(by: Self.precedes) else { return nil }
    others.removeAll { Self.precedes(border, $0.path) }
    return border
  }

  /// Corrects what is known of the beginning of a timeline's directories by what was listed there, in order; `isWhole` =
  /// nothing comes after it.
  mutating func correct(
    _ timeline: UInt32, by page: [(path: Substring, object: StoredObject)], isWhole: Bool
  ) {
    var unknown = Dictionary(page.map { (String($0.path), $0) }, uniquingKeysWith: { $1 })
    let last = isWhole ? nil : page.last.map { String($0.path) }
    func isBeyond(_ path: String) -> Bool { last.map { Self.precedes($0, path) } ?? false }
    for (kind, list) in segments {
      let begin = list.stretches.first { $0.first.timeline == timeline }?.offset ?? list.count
      var end = begin
      var kept: [ArchivedSegment] = []
      while end < list.count, list[end].segment.timeline == timeline {
        let archived = list[end]
        let path = File(archived, kind).path
        if isBeyond(path) { break }
        if unknown.removeValue(forKey: path) != nil { kept.append(archived) }
        end += 1
      }
      // Nearly always nothing is gone, and the list stays where it is.
      if kept.count < end - begin { segments[kind]?.replaceSubrange(begin..<end, with: kept) }
    }
    let directories = Self.directories(of: timeline)
    others.removeAll { other in
      guard other.path.hasPrefix(directories), other.path.dropFirst(16).first == "/",
        !isBeyond(other.path)
      else { return false }
      return unknown.removeValue(forKey: other.path) == nil
    }
    for (path, object) in unknown.values { take(path: path, object) }
    sort()
  }

  /// What the names of a timeline's directories begin with.
  static func directories(of timeline: UInt32) -> String {
    let digits = String(timeline, radix: 16, uppercase: true)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  /// As a store orders its keys.
  private static func precedes(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
  }
}

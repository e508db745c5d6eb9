/// What a later look at a part of `wals/` does to what is known.
extension WALListing {
  /// Takes away the last `count` segments and more, and all that comes after those which stay. The last path of these; nil
  /// when nothing is left.
  mutating func cut(_ count: Int) -> String? {
    var end = max(0, files.count - count)
    // Files of one segment stay together.
    while end > 0, end < files.count, files[end - 1].isSame(as: files[end]) { end -= 1 }
    files.removeSubrange(end...)
    guard let last = files.last else {
      self = WALListing()
      return nil
    }
    let paths = files.reversed().prefix { $0.isSame(as: last) }.map(\.path)
    guard let border = paths.max(by: Self.precedes) else { return nil }
    others.removeAll { Self.precedes(border, $0.path) }
    return border
  }

  /// As a store orders its keys.
  private static func precedes(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
  }

  /// Only what lies in these directories, and what lies in none.
  mutating func keep(_ directories: Set<String>) { keep { directories.contains($0) } }

  mutating func keep(_ isKept: (String) -> Bool) {
    var last: (timeline: UInt32, log: UInt32, isKept: Bool)?
    files.removeAll { file in
      if let last, last.timeline == file.timeline, last.log == file.log { return !last.isKept }
      let answer = isKept(file.directory)
      last = (file.timeline, file.log, answer)
      return !answer
    }
    others.removeAll { other in
      guard let slash = other.path.firstIndex(of: "/") else { return false }
      return !isKept(String(other.path[..<slash]))
    }
  }

  /// Of each timeline the first directory.
  var firstDirectories: [String] {
    var seen: Set<UInt32> = []
    return files.compactMap { seen.insert($0.timeline).inserted ? $0.directory : nil }
  }
}

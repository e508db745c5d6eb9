import Glibc

/// What lies below a directory.
package enum DirectorySize {
  /// Bytes of the files below it, links not followed; nil where it cannot be read or holds more entries. Blocks for some
  /// microseconds an entry.
  package static func bytes(_ path: String, mostEntries: Int) -> Int64? {
    var bytes: Int64 = 0
    var left = mostEntries
    var directories = [path]
    while let directory = directories.popLast() {
      guard let names = LocalFile.entries(directory) else {
        // One that went away meanwhile holds nothing.
        if directory == path { return nil }
        continue
      }
      left -= names.count
      guard left >= 0 else { return nil }
      for name in names {
        var facts = stat()
        let place = "\(directory)/\(name)"
        guard lstat(place, &facts) == 0 else { continue }
        switch facts.st_mode & S_IFMT {
        case S_IFDIR: directories.append(place)
        case S_IFREG: bytes += Int64(facts.st_size)
        default: break
        }
      }
    }
    return bytes
  }
}

import FoundationEssentials
import Glibc

/// The repository as files, found from this source file's own path.
enum House {
  static let root: String = {
    let parts = #filePath.split(separator: "/").dropLast(3)
    return "/" + parts.joined(separator: "/")
  }()

  /// Text of a file under the root; nil when there is none.
  static func text(_ path: String) -> String? {
    guard let file = fopen(root + "/" + path, "re") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&chunk, 1, chunk.count, file)
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += chunk[0..<count]
    }
  }

  static func write(_ text: String, to path: String) {
    guard let file = fopen(root + "/" + path, "we") else { return }
    defer { fclose(file) }
    _ = text.withCString { fputs($0, file) }
  }

  static func exists(_ path: String) -> Bool { access(root + "/" + path, F_OK) == 0 }

  /// Names in a folder, hidden ones left out, sorted; empty when there is none.
  static func names(in folder: String) -> [String] {
    guard let stream = opendir(root + "/" + folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }

  /// Swift files under a folder, as paths from the root.
  static func sources(in folder: String) -> [String] {
    names(in: folder).flatMap { name in
      name.hasSuffix(".swift") ? ["\(folder)/\(name)"] : sources(in: "\(folder)/\(name)")
    }
  }
}

import Glibc
import Testing

/// Expected texts in files, beside these tests. `RECORD_GOLDEN=1` writes them anew.
enum Golden {
  static let folder: String = {
    let here = #filePath.split(separator: "/").dropLast()
    return "/" + here.joined(separator: "/") + "/Fixtures"
  }()

  static func expect(
    _ text: String, is name: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let path = "\(folder)/\(name)"
    if getenv("RECORD_GOLDEN") != nil {
      write(text, to: path)
      return
    }
    #expect(read(path) == text, "RECORD_GOLDEN=1 writes \(name)", sourceLocation: sourceLocation)
  }

  static func read(_ path: String) -> String? {
    guard let file = fopen(path, "re") else { return nil }
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
    guard let file = fopen(path, "we") else { return }
    defer { fclose(file) }
    _ = text.withCString { fputs($0, file) }
  }
}

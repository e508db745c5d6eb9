import FoundationEssentials
import Glibc
import Testing

/// What barman-cloud 3.19 and 3.4 and a Ceph RGW really wrote and answered.
enum Recorded {
  static let folder: String = {
    let here = #filePath.split(separator: "/").dropLast()
    return "/" + here.joined(separator: "/") + "/Fixtures"
  }()

  static func bytes(_ name: String) throws -> [UInt8] {
    let file = try #require(fopen("\(folder)/\(name)", "re"), "\(name)")
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&chunk, 1, chunk.count, file)
      if count == 0 { return bytes }
      bytes += chunk[0..<count]
    }
  }

  static func text(_ name: String) throws -> String {
    String(decoding: try bytes(name), as: UTF8.self)
  }
}

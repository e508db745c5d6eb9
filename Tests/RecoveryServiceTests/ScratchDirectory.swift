import FoundationEssentials
import Glibc

/// A directory of one test's own, gone with it.
final class ScratchDirectory: Sendable {
  let path: String

  init() {
    path = "/tmp/pgvigil-service-tests-\(getpid())-\(UUID().uuidString)"
    mkdir(path, 0o700)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  @discardableResult
  func write(_ text: String, to name: String, mode: UInt32 = 0o600) throws -> String {
    try Data(text.utf8).write(to: URL(filePath: file(name)))
    chmod(file(name), mode)
    return file(name)
  }

  func text(_ name: String) -> String {
    guard let data = FileManager.default.contents(atPath: file(name)) else { return "" }
    return String(decoding: data, as: UTF8.self)
  }

  func lines(_ name: String) -> [String] { text(name).split(separator: "\n").map(String.init) }
}

import Foundation
import TestSupport

/// A real store with what the benchmark reads in it: put there once, by curl, and left for the next run.
struct BenchBucket {
  let endpoint: String
  let name: String
  private let keys: String

  struct Failure: Error, CustomStringConvertible { var description: String }

  /// Directories of 256 segments each.
  static let directories = 391
  static let segments = directories * 256
  static let clusters = 1000
  static let backups = 30
  static let big = "pgvigil-bench/big/"
  static let fleet = "pgvigil-bench/fleet/"

  /// nil where the environment names no store.
  init?(environment: [String: String]) {
    guard let endpoint = environment["S3_ENDPOINT"], let name = environment["S3_BUCKET"],
      let key = environment["AWS_ACCESS_KEY_ID"], let secret = environment["AWS_SECRET_ACCESS_KEY"]
    else { return nil }
    self.endpoint = endpoint
    self.name = name
    keys = "\(key):\(secret)"
  }

  static func prefix(of cluster: Int) -> String {
    fleet + "db" + String(format: "%04d", cluster) + "/"
  }

  /// Blocks; minutes where nothing is there yet.
  func fill() throws {
    if try has(Self.fleet + "filled") { return }
    let directory = "/tmp/pgvigil-bench-store-\(getpid())"
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let info = directory + "/backup.info"
    try Self.info.write(toFile: info, atomically: true, encoding: .utf8)
    let piece = directory + "/piece"
    try Data((0..<66).map { _ in UInt8.random(in: 0...255) }).write(
      to: URL(fileURLWithPath: piece))
    let digits = "{0,1,2,3,4,5,6,7,8,9,A,B,C,D,E,F}"
    for start in stride(from: 0, to: Self.directories, by: 10) {
      let log = start..<min(start + 10, Self.directories)
      try put(
        log.map { number in
          let name = String(format: "00000001%08X", number)
          return (piece, Self.big + "wals/\(name)/\(name)000000\(digits)\(digits).gz")
        }, directory)
    }
    let days = "202611[01-\(Self.backups)]T030000"
    try put(
      [
        (info, Self.big + "base/\(days)/backup.info"),
        (piece, Self.big + "base/\(days)/data.tar.gz"),
      ], directory)
    let cluster = Self.fleet + "db[0000-0999]/"
    let wal = "wals/0000000100000000/0000000100000000000000"
    try put(
      [
        (info, cluster + "base/20261101T030000/backup.info"),
        (piece, cluster + "base/20261101T030000/data.tar.gz"),
        (piece, cluster + wal + "0[2-6].gz"),
      ], directory)
    try put([(piece, Self.fleet + "filled")], directory)
  }

  private func has(_ key: String) throws -> Bool {
    try curl(["-o", "/dev/null", "-f", "-I", "\(endpoint)/\(name)/\(key)"]).status == 0
  }

  /// Files to URLs with curl's own patterns.
  private func put(_ files: [(file: String, key: String)], _ directory: String) throws {
    var text: [String] = []
    for (file, key) in files {
      text.append(
        (Self.options(keys) + [
          "fail", "upload-file = \"\(file)\"", "url = \"\(endpoint)/\(name)/\(key)\"",
        ]).joined(separator: "\n"))
    }
    let path = directory + "/curl"
    try text.joined(separator: "\nnext\n").write(toFile: path, atomically: true, encoding: .utf8)
    let done = try Command.run("/usr/bin/env", ["curl", "-Z", "--parallel-max", "16", "-K", path])
    guard done.status == 0 else { throw Failure(description: "curl: \(done.error.suffix(300))") }
  }

  private static func options(_ keys: String) -> [String] {
    [
      "aws-sigv4 = \"aws:amz:us-east-1:s3\"", "user = \"\(keys)\"",
      "header = \"x-amz-content-sha256: UNSIGNED-PAYLOAD\"", "silent", "show-error",
    ]
  }

  private func curl(_ arguments: [String]) throws -> Command {
    let path = "/tmp/pgvigil-bench-curl-\(getpid())"
    defer { unlink(path) }
    try Self.options(keys).joined(separator: "\n")
      .write(toFile: path, atomically: true, encoding: .utf8)
    return try Command.run("/usr/bin/env", ["curl", "-K", path] + arguments)
  }

  /// Seconds that the same pages take by one connection, one after the other, and nothing is made of them.
  func bareListing() throws -> Double {
    let pages = stride(from: 0, to: Self.segments, by: 1000).flatMap { number -> [String] in
      let after = number == 0 ? "" : Self.big + Self.path(number - 1)
      let query =
        "list-type=2&prefix=\(Self.encoded(Self.big + "wals/"))&start-after=\(Self.encoded(after))"
      return ["-o", "/dev/null", "\(endpoint)/\(name)?\(query)"]
    }
    let done = try curl(pages)
    guard done.status == 0 else { throw Failure(description: "curl: \(done.error.suffix(300))") }
    return done.seconds
  }

  private static func path(_ number: Int) -> String {
    let directory = String(format: "00000001%08X", number / 256)
    return "wals/\(directory)/\(directory)" + String(format: "%08X.gz", number % 256)
  }

  private static func encoded(_ text: String) -> String {
    text.replacingOccurrences(of: "/", with: "%2F")
  }

  private static let info = """
    backup_label=None
    begin_offset=40
    begin_time=2026-11-01 03:00:00+00:00
    begin_wal=000000010000000000000002
    begin_xlog=0/2000028
    cluster_size=30000000
    end_offset=312
    end_time=2026-11-01 03:00:05+00:00
    end_wal=000000010000000000000002
    end_xlog=0/2000138
    error=None
    mode=concurrent
    server_name=cloud
    size=None
    status=DONE
    systemid=7450000000000000001
    tablespaces=None
    timeline=1
    version=170002
    xlog_segment_size=16777216
    """
}

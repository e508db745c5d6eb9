import Foundation
import TestSupport

/// What the program weighs before it has done anything.
struct ProgramFigures {
  /// The release binary.
  let binary: String

  struct Failure: Error, CustomStringConvertible { var description: String }

  func measure() throws -> [Figure] {
    let size = try strippedBytes() / 1_048_576
    let memory = try versionBytes() / 1_048_576
    return [
      Figure(
        name: "size of the stripped binary", goal: "<= 30 MiB",
        ours: String(format: "%.1f MiB", size), peer: "-", met: size <= 30),
      Figure(
        name: "resident memory of --version", goal: "<= 10 MiB",
        ours: String(format: "%.1f MiB", memory), peer: "-", met: memory <= 10),
    ]
  }

  /// As `make install` strips it.
  private func strippedBytes() throws -> Double {
    let copy = "/tmp/pgvigil-bench-stripped-\(getpid())"
    defer { unlink(copy) }
    let strip = try Command.run("/usr/bin/env", ["strip", "-o", copy, binary])
    guard strip.status == 0 else { throw Failure(description: strip.error) }
    let attributes = try FileManager.default.attributesOfItem(atPath: copy)
    return (attributes[.size] as? NSNumber)?.doubleValue ?? .nan
  }

  /// Its answer goes to a pipe that is full, so that it can be looked at when it has done everything but end.
  private func versionBytes() throws -> Double {
    let pipe = "/tmp/pgvigil-bench-pipe-\(getpid())"
    defer { unlink(pipe) }
    guard mkfifo(pipe, 0o600) == 0 else { throw Failure(description: "cannot make \(pipe)") }
    let ends = open(pipe, O_RDWR | O_NONBLOCK)
    guard ends >= 0 else { throw Failure(description: "cannot open \(pipe)") }
    defer { close(ends) }
    let filler = [UInt8](repeating: 0, count: 4096)
    while write(ends, filler, filler.count) > 0 {}
    let program = try Command.start(
      "/bin/sh", ["-c", "exec \"$0\" --version >\"$1\"", binary, pipe])
    var seen: [Double] = []
    // Done when it has not grown for half a second.
    while seen.suffix(10).count < 10 || Set(seen.suffix(10)).count > 1, seen.count < 100 {
      usleep(50_000)
      guard let usage = ProcessUsage(pid: program.pid) else { break }
      seen.append(usage.peakBytes)
    }
    kill(program.pid, SIGKILL)
    _ = program.wait()
    return seen.last ?? .nan
  }
}

import Foundation
import Transports

/// `make bench`: figures of the release binary beside the named peer, in one run. Exits 1 only when something
/// could not be measured; a missed goal is a line in the table.
@main
struct Main {
  static func main() async throws {
    // As the program does: what it frees is not its own any more.
    Memory.keepSmall()
    let binary =
      ProcessInfo.processInfo.environment["PGVIGIL"]
      ?? FileManager.default.currentDirectoryPath + "/.build/release/pgvigil"
    guard FileManager.default.isExecutableFile(atPath: binary) else {
      FileHandle.standardError.write(Data("no binary at \(binary): run make bench\n".utf8))
      exit(1)
    }
    // `program`, `fleet`, `store`, `console`, `recovery` or `forecast` alone, or all.
    let parts = Set(CommandLine.arguments.dropFirst())
    if parts.isEmpty || parts.contains("program") {
      Figure.print(try ProgramFigures(binary: binary).measure())
    }
    if parts.isEmpty || parts.contains("fleet") {
      let standIn = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path
      Figure.print(
        try FleetFigures(binary: binary, standIn: standIn + "/StandInServer").measure())
    }
    if parts.isEmpty || parts.contains("store") {
      if let bucket = BenchBucket(environment: ProcessInfo.processInfo.environment) {
        Figure.print(try await StoreFigures(binary: binary, bucket: bucket).measure())
      } else {
        print("* reading a store: not measured, S3_ENDPOINT, S3_BUCKET and AWS_… are not set")
      }
    }
    guard parts.isEmpty || !parts.isDisjoint(with: ["console", "recovery", "forecast"]) else {
      return
    }
    let subject = try Subject(binary: binary)
    defer { subject.down() }
    if parts.isEmpty || parts.contains("console") {
      Figure.print(try ConsoleFigures(subject: subject).measure())
    }
    if parts.isEmpty || parts.contains("recovery") {
      Figure.print(try RecoveryFigures(subject: subject, account: "postgres").measure())
    }
    if parts.isEmpty || parts.contains("forecast") {
      Figure.print(try ForecastFigures(subject: subject, account: "postgres").measure())
    }
  }
}

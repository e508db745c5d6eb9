import Foundation

/// `make bench`: figures of the release binary beside the named peer, in one run. Exits 1 only when something
/// could not be measured; a missed goal is a line in the table.
@main
struct Main {
  static func main() throws {
    let binary =
      ProcessInfo.processInfo.environment["PGVIGIL"]
      ?? FileManager.default.currentDirectoryPath + "/.build/release/pgvigil"
    guard FileManager.default.isExecutableFile(atPath: binary) else {
      FileHandle.standardError.write(Data("no binary at \(binary): run make bench\n".utf8))
      exit(1)
    }
    let subject = try Subject(binary: binary)
    defer { subject.down() }
    // `console` or `recovery` alone, or both.
    let parts = CommandLine.arguments.dropFirst()
    if parts.isEmpty || parts.contains("console") {
      Figure.print(try ConsoleFigures(subject: subject).measure())
    }
    if parts.isEmpty || parts.contains("recovery") {
      Figure.print(try RecoveryFigures(subject: subject, account: "postgres").measure())
    }
  }
}

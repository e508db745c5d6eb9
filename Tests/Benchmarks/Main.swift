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
    var figures = try ConsoleFigures(subject: subject).measure()
    figures += try RecoveryFigures(subject: subject, account: "postgres").measure()
    Figure.print(figures)
  }
}

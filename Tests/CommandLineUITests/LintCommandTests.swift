import Glibc
import ManifestLint
import Testing

@testable import CommandLineUI

@Suite struct LintCommandTests {
  static func file(_ name: String, _ text: String) -> String {
    var template = Array("/tmp/pgvigil-lint-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { return "" }
    let bytes = template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    let path = String(decoding: bytes, as: UTF8.self) + "/" + name
    Golden.write(text, to: path)
    return path
  }

  static func remove(_ path: String) {
    unlink(path)
    rmdir(String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
  }

  @Test(arguments: [
    ("", CommandLineUI.ExitStatus.good), ("schedule: \"0 3 * * *\"", .worst),
    ("suspend: true\n  x: 1", .bad),
  ])
  func exitStatusFollowsTheWorst(extra: String, status: CommandLineUI.ExitStatus) async {
    var text = LintTests.clean
    if extra.hasPrefix("schedule") {
      text = text.replacing("schedule: \"0 0 3 * * *\"", with: extra)
    } else if !extra.isEmpty {
      text = text.replacing("schedule: ", with: extra + "\n  schedule: ")
    }
    let path = Self.file("m.yaml", text)
    defer { Self.remove(path) }
    let stage = Stage()
    #expect(await stage.run("lint", path) == status)
    #expect(stage.state.diagnostics.isEmpty)
  }

  @Test func aByteOrderMarkIsNoPartOfTheText() async {
    let path = Self.file("bom.yaml", "\u{FEFF}" + LintTests.clean)
    defer { Self.remove(path) }
    #expect(await Stage().run("lint", path) == .good)
  }

  @Test func textIsAsCompilersSayIt() async {
    let path = Self.file(
      "m.yaml", LintTests.clean.replacing("0 0 3 * * *", with: "0 3 * * *"))
    defer { Self.remove(path) }
    let stage = Stage()
    #expect(await stage.run("lint", path, "/nonexistent.yaml") == .undecided)
    #expect(
      stage.state.answer == """
        /nonexistent.yaml: unreadable, not judged: No such file or directory
        \(path):23: error schedule.five-fields: `0 3 * * *` has five fields and is not Unix cron: it \
        runs every 1h 00m (put the second before it: `0 0 3 * * *`)
        1 error in 5 objects of 2 files, 1 of them unreadable

        """)
  }

  /// A file that never ends is refused by itself, and the others are judged.
  @Test func whatIsTooLargeStopsNoOther() async {
    let path = Self.file("m.yaml", LintTests.clean)
    let big = Self.file("big.yaml", String(repeating: "- [1, 2, 3]\n", count: 60_000))
    defer {
      Self.remove(path)
      Self.remove(big)
    }
    let stage = Stage()
    #expect(await stage.run("lint", "/dev/zero", big, path) == .undecided)
    let lines = stage.state.answer.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines.first == "/dev/zero: unreadable, not judged: larger than 16 MiB")
    #expect(
      lines.dropFirst().first?.hasPrefix("\(big):50001: unreadable, not judged: it unfolds")
        == true)
    #expect(lines.last == "nothing found in 5 objects of 3 files, 2 of them unreadable")
  }

  @Test func aNumberHasAUnit() async {
    let stage = Stage()
    #expect(await stage.run("lint", "--rto", "30", "/dev/null") == .worst)
    #expect(stage.state.diagnostics.contains("write 30s, 30m, 30h or 30d"))
  }

  /// What was not judged passes no test.
  @Test(arguments: [
    ("kind: HelmRelease\napiVersion: h/v2\n", "0 of 1 object judged of 1 file", "HelmRelease"),
    ("replicas: 3\n", "0 of 0 objects judged of 1 file", "nothing of CloudNativePG's"),
    ("a: {{ .x }}\n", "nothing judged: 1 of 1 file unreadable", "helm template"),
    (LintTests.clean + "---\nkind: Deployment\napiVersion: apps/v1\n", "5 of 6 objects judged", ""),
  ])
  func theSummarySaysWhatWasJudged(text: String, summary: String, more: String) async {
    let path = Self.file("m.yaml", text)
    defer { Self.remove(path) }
    let stage = Stage()
    _ = await stage.run("lint", path)
    #expect(stage.state.answer.contains(summary), "\(stage.state.answer)")
    #expect(more.isEmpty || stage.state.answer.contains(more), "\(stage.state.answer)")
    #expect(stage.state.answer.contains("nothing found") == more.isEmpty)
  }

  @Test func aPipeIsReadOnce() async {
    let path = Self.file("pipe", "")
    defer { Self.remove(path) }
    #expect(unlink(path) == 0 && mkfifo(path, 0o600) == 0)
    let writer = Task.detached { Golden.write(LintTests.clean, to: path) }
    let stage = Stage()
    #expect(await stage.run("lint", path) == .good)
    #expect(stage.state.answer == "nothing found in 5 objects of 1 file\n")
    await writer.value
  }

  @Test func jsonIsOneDocument() async {
    let path = Self.file("m.yaml", LintTests.inTree)
    defer { Self.remove(path) }
    let stage = Stage()
    #expect(await stage.run("lint", "--json", path) == .bad)
    for text in ["\"schema_version\" : 1", "\"id\" : \"cluster.in-tree\"", "\"warnings\" : 2"] {
      #expect(stage.state.answer.contains(text), "\(stage.state.answer)")
    }
  }

  @Test(arguments: [["--rto", "soon"], ["--data-size", "big"], ["--volume-factor", "0"]])
  func wrongUsageIsRefused(words: [String]) async {
    let stage = Stage()
    #expect(await stage.run(["lint", "/dev/null"] + words) == .worst)
  }

  @Test func hostileTextCannotSteerTheTerminal() async {
    let path = Self.file(
      "m.yaml",
      "apiVersion: v1\nkind: Secret\nmetadata: {name: \"a\\e[2J\\u202E\"}\ndata: {k: dg==}\n")
    defer { Self.remove(path) }
    let stage = Stage()
    #expect(await stage.run("lint", path) == .worst)
    #expect(!stage.state.answer.unicodeScalars.contains { ["\u{1B}", "\u{202E}"].contains($0) })
  }
}

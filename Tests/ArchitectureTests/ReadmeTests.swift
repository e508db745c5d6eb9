import CommandLineUI
import ConsoleUI
import FoundationEssentials
import Glibc
import ManifestLint
import RecoveryModel
import RecoveryService
import Testing
import pgvigil

/// What the README claims is what the program does.
@Suite(.serialized) struct ReadmeTests {
  /// Marker and the text that stands between it and `<!-- end -->`. `RECORD_README=1` writes them.
  static var generated: [(marker: String, text: String)] {
    [
      ("keys", CommandTable.markdown.trimmingLineBreaks),
      ("exit statuses", ExitStatus.table),
      ("configuration keys", ConfigurationKey.table(engines: EngineTable.all)),
      ("lint rules", LintRuleTable.table),
      ("metrics", MetricsDocument.table),
      ("configuration example", "```yaml\n\(ConfigurationExample.text)```"),
      (
        "configuration example of CloudNativePG",
        "```yaml\n\(ConfigurationExample.cloudNativePG)```"
      ),
    ]
  }

  @Test(arguments: generated.map(\.marker))
  func tablesAreGenerated(marker: String) throws {
    let text = try #require(Self.generated.first { $0.marker == marker }?.text)
    let readme = try #require(House.text("README.md"))
    let opening = "<!-- generated: \(marker) -->\n"
    let start = try #require(readme.firstRange(of: opening)?.upperBound)
    let end = try #require(readme[start...].firstRange(of: "\n<!-- end -->")?.lowerBound)
    if getenv("RECORD_README") != nil {
      House.write(readme[..<start] + text + readme[end...], to: "README.md")
    } else {
      #expect(
        String(readme[start..<end]) == text, "RECORD_README=1 swift test --filter ReadmeTests")
    }
  }

  /// What `config example` prints is read by the real reader and taken by the real engine.
  @Test(arguments: ConfigurationExample.texts.keys.sorted())
  func everyExampleIsValid(engine: String) throws {
    let text = try #require(ConfigurationExample.texts[engine])
    let configuration = try Configuration.parse(
      text, path: "/etc/pgvigil.yaml", engines: EngineTable.all)
    #expect(configuration.clusters.map(\.declaration.engine) == [engine])
    #expect(configuration.warnings.isEmpty)
    #expect(EngineTable.all.contains { $0.id == engine })
  }

  /// What names an addition of each kind that stands there already, by the word that the README has for the kind.
  static let additions: [(kind: String, names: [String])] = [
    ("rule", ["DrillPlaceRules"]), ("panel", ["enum WindowPanel", "WindowPanel.row", "PanelID:"]),
    ("key", [#""wallboard", keys"#]),
    ("part of a report", ["var storage: Observed", "case .storage: Row("]),
    ("theme", ["colorblind"]), ("rule of an engine", ["ShortReplayRule"]),
    ("subcommand", ["PlanCommand"]), ("lint rule", ["MethodLint"]),
    ("manifest", ["AlertsManifest"]), ("metric", ["pgvigil_unavailable_parts"]),
  ]

  /// An addition touches as many files as the README says: those that name one that is there.
  @Test(arguments: additions.map(\.kind))
  func additionsTouchSoManyFiles(kind: String) throws {
    let names = try #require(Self.additions.first { $0.kind == kind }?.names)
    let files = (House.sources(in: "Sources") + House.names(in: "themes").map { "themes/\($0)" })
      .filter { file in
        guard let text = House.text(file) else { return false }
        return names.contains { file.contains("/\($0).") || text.contains($0) }
      }
      // `Panel+Detail.swift` is the panel's own file cut in two.
      .filter { !$0.contains("+Detail.") }
    let readme = try #require(House.text("README.md"))
    let count = files.count == 1 ? "1 file" : "\(files.count) files"
    #expect(readme.contains("**\(kind)** (\(count))"), "\(kind): \(files)")
  }

  /// Paths are what stands in backticks and begins like one of the repository's own.
  @Test func everyNamedPathExists() throws {
    let readme = try #require(House.text("README.md"))
    let quoted = readme.split(separator: "`", omittingEmptySubsequences: false).enumerated()
      .filter { $0.offset % 2 == 1 }.map { String($0.element) }
    let paths = quoted.filter { word in
      ["Sources/", "Tests/", "themes/", ".ci/", "Package.swift", "Makefile", "LICENSE"].contains {
        word.hasPrefix($0)
      } && !word.contains(" ") && !word.contains("*") && !word.contains("Foo")
    }
    #expect(!paths.isEmpty)
    for path in paths { #expect(House.exists(path), "\(path)") }
  }
}

extension String {
  fileprivate var trimmingLineBreaks: String {
    var text = self
    while text.hasSuffix("\n") { text.removeLast() }
    return text
  }
}

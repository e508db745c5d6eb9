import ConsoleUI
import RecoveryModel
import Testing

/// What the program says fits what it is.
@Suite struct WordingTests {
  /// Of rules, and of findings that differ from what their rule is called.
  @Test func shortWordsFitTheirColumn() {
    let words = House.sources(in: "Sources").flatMap { file in
      let text = House.text(file) ?? ""
      return text.matches(of: /Rule\(\s*"[a-z.-]+", \.\w+, "([^"]*)"/).map { String($0.1) }
        + text.matches(of: /ceiling: [.a-zA-Z ?:]+,\s+words: "([^"]*)"/).map { String($0.1) }
    }
    #expect(words.count > 80)
    for words in words { #expect((1...15).contains(words.count), "\(words)") }
    for kind in ClusterActivity.Kind.allCases { #expect(kind.words.count <= 15, "\(kind)") }
  }

  /// Whoever reads a comment has this repository and nothing else.
  @Test func commentsCiteNothingElse() {
    for file in House.sources(in: "Sources") + House.sources(in: "Tests") {
      let comments = (House.text(file) ?? "").split(separator: "\n").filter { $0.contains("//") }
      for comment in comments {
        let cited = comment.matches(of: /\/\/.*?\b([A-Za-z-]+\.md)\b/).map { String($0.1) }
        #expect(cited.allSatisfy { House.exists($0) }, "\(file): \(comment)")
      }
    }
  }

  @Test func everySubcommandThatAKeyStandsForIsThere() {
    let texts = House.sources(in: "Sources/CommandLineUI/Commands").compactMap(House.text)
    for subcommand in CommandTable.rows.compactMap(\.subcommand) {
      #expect(texts.contains { $0.contains("commandName: \"\(subcommand)\"") }, "\(subcommand)")
    }
  }

  /// `press b` in a sentence about a backup, `; x cancels it`: the key is that of the command that the words name.
  /// Whoever has no keys names none.
  @Test func keysAreNamedAsTheyAre() {
    var count = 0
    for file in House.sources(in: "Sources") {
      let lines = (House.text(file) ?? "").split(
        separator: "\n", omittingEmptySubsequences: false)
      for (number, line) in lines.enumerated() {
        for match in line.matches(of: /(?:\b[Pp]ress |; )(\^?[A-Za-z?\/:])(?: [a-z]+s\b|[.,;:"])/) {
          count += 1
          #expect(file.hasPrefix("Sources/ConsoleUI/"), "\(file):\(number + 1) names a key")
          let key = String(match.1)
          let sentence = lines[max(0, number - 6)...number].joined(separator: " ").lowercased()
          #expect(
            CommandTable.rows.contains { row in
              row.keys.contains { $0.name == key } && sentence.contains(row.id)
            }, "\(file):\(number + 1) names the key \(key)")
        }
      }
    }
    #expect(count > 1)
  }
}

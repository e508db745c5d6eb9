import ConsoleUI
import RecoveryModel
import Testing

/// What the program says fits what it is.
@Suite struct WordingTests {
  /// The ids of the findings in these sources, as they are spelt there: up to what is filled in.
  private static func findingIDs(in folder: String) -> Set<String> {
    let texts = House.sources(in: folder).map { House.text($0) ?? "" }
    return Set(
      texts.flatMap { $0.matches(of: /\bid: "([a-z]+\.[a-z.-]+)/).map { String($0.1) } })
  }

  private static let ofEngines = findingIDs(in: "Sources/CloudNativePG")
    .union(findingIDs(in: "Sources/PgBackRest"))
  private static let ofModel = findingIDs(in: "Sources/RecoveryModel/Readiness")
    .union(RuleTable.all.map(\.id))

  @Test func everyEngineFindingHasItsShortWordsAndItsPlace() {
    #expect(Self.ofEngines.count > 20)
    for id in Self.ofEngines {
      #expect(FindingTopic(findingID: id) != .other, "\(id) needs a topic")
      guard id.hasSuffix(".") else {
        #expect(FindingWords.ofRule(id) != nil, "\(id) needs short words")
        continue
      }
      for kind in ClusterActivity.Kind.allCases {
        #expect(FindingWords.ofRule(id + kind.rawValue) != nil, "\(id)\(kind.rawValue)")
      }
    }
  }

  @Test func everyRuleOfTheModelHasShortWordsThatFitTheirColumn() {
    for words in FindingWords.byRule.values { #expect(words.count <= 15, "\(words)") }
    for id in Self.ofModel { #expect(FindingWords.byRule[id] != nil, "\(id)") }
  }

  @Test func noShortWordsWithoutTheirRule() {
    let known = Self.ofEngines.union(Self.ofModel)
    #expect(Set(FindingWords.byRule.keys).subtracting(known) == [])
  }

  /// `press b` in a sentence about a backup, `; x cancels it`: the key is that of the command that the words name.
  @Test func keysAreNamedAsTheyAre() {
    var count = 0
    for file in House.sources(in: "Sources") {
      let lines = (House.text(file) ?? "").split(
        separator: "\n", omittingEmptySubsequences: false)
      for (number, line) in lines.enumerated() {
        for match in line.matches(of: /(?:\b[Pp]ress |; )(\^?[A-Za-z?\/:])(?: [a-z]+s\b|[.,;:"])/) {
          count += 1
          let key = String(match.1)
          let sentence = lines[max(0, number - 6)...number].joined(separator: " ").lowercased()
          #expect(
            CommandTable.rows.contains { row in
              row.keys.contains { $0.name == key } && sentence.contains(row.id)
            }, "\(file):\(number + 1) names the key \(key)")
        }
      }
    }
    #expect(count > 10)
  }
}

import Testing

@testable import CommandLineUI

/// Commands that are printed can be copied: no line breaks stand in them.
struct PrintedCommandTests {
  private static let command =
    "pgvigil drill prod/auth-db --config /srv/pgvigil/production/config.yaml"

  @Test(arguments: [
    ("Run a verify drill: \(command)", 1), ("\(command)", 0),
    (
      "kept in /srv/x; into it: psql -h /srv/x/run -p 6004; remove it with: \(command); then rest",
      1
    ),
    ("Something is gone that should be there? \(command) (or look on the page)", 1),
  ])
  func aCommandStandsOnOneLine(text: String, line: Int) {
    let lines = TextLayout.labelled("do", text).split(separator: "\n").map(String.init)
    #expect(lines.contains { $0.contains(Self.command) }, "\(lines)")
    #expect(lines.count > line)
    let words = lines.joined(separator: " ").split(separator: " ").dropFirst()
    #expect(words.joined(separator: " ") == text)
  }

  @Test func otherTextIsWrappedAsBefore() {
    let text = String(repeating: "what pgvigil says of it ", count: 12)
    let lines = TextLayout.wrapped(text, first: "", rest: "  ").split(separator: "\n")
    #expect(lines.count > 3 && lines.allSatisfy { $0.count <= 80 })
  }
}

import Testing
import TextScreen

@testable import ConsoleUI

/// A cut leaves whole words, and of an error its end.
struct TextLimitTests {
  @Test(arguments: [
    ("no connection was refused", 20, "no connection was…"),
    ("no connection was refused", 25, "no connection was refused"),
    // One long name is worth having in part.
    ("a /var/lib/postgresql/15/main", 20, "a /var/lib/postgres…"),
    ("none", 2, "n…"),
  ])
  func words(text: String, columns: Int, expected: String) {
    #expect(text.cut(toColumns: columns, glyphs: .unicode) == expected)
  }

  @Test func theEndOfAReasonIsKept() {
    let limit = TextLimit(rows: 1, glyphs: .unicode)
    let reason =
      "no connection to db1 at /run/user/1000/pgvigil/sandbox/run: no socket there: No such file "
      + "or directory"
    #expect(limit.reason(reason, width: 200) == reason)
    #expect(limit.reason(reason, width: 40) == "No such file or directory")
    let late = "connection to 10.0.0.5 port 5432 timed out after 3s"
    #expect(limit.reason(late, width: 30) == "...5432 timed out after 3s")
    // What has no lead is cut at its end, by whoever draws it.
    let plain = "one word after the other and no cause"
    #expect(limit.reason(plain, width: 20) == plain)
  }
}

import Testing
import YAMLReading

@Suite struct YAMLDocumentsTests {
  /// What could be read, and why no more could.
  private func read(_ text: String) -> (roots: [YAMLNode], failure: YAMLError?) {
    var documents = YAMLDocuments(text)
    var roots: [YAMLNode] = []
    do throws(YAMLError) {
      while let root = try documents.next() { roots.append(root) }
      return (roots, nil)
    } catch {
      return (roots, error)
    }
  }

  private func only(_ text: String) throws -> YAMLNode {
    try #require(try YAMLDocuments.only(text))
  }

  @Test func everyValueHasItsPlace() throws {
    let root = try only("a:\n  - b: 1\n    c: two\n")
    let item = try #require(root["a"]?.sequence?.first)
    #expect(item.entry("c")?.key.mark == YAMLMark(line: 3, column: 5))
    #expect(item["c"]?.mark == YAMLMark(line: 3, column: 8))
  }

  @Test func emptyDocumentsAreNulls() {
    #expect(
      read("---\n# nothing\n---\na: 1\n---\n- 2\n").roots.map(\.isNull) == [true, false, false])
    for text in ["", "# a remark\n", "\u{FEFF}"] {
      #expect(read(text).roots.isEmpty)
      #expect(read(text).failure == nil)
    }
  }

  @Test func anErrorEndsTheReading() throws {
    var documents = YAMLDocuments("a: [\n")
    #expect(throws: YAMLError.self) { try documents.next() }
    #expect(try documents.next() == nil)
  }

  @Test func oneDocumentIsOne() throws {
    #expect(try YAMLDocuments.only("# nothing") == nil)
    #expect(
      throws: YAMLError(reason: .severalDocuments, mark: YAMLMark(line: 3, column: 1))
    ) { try YAMLDocuments.only("a: 1\n---\nb: 2\n") }
  }

  @Test func quotedWordsAreText() throws {
    let root = try only("a: 'null'\nb: ~\nc: \"yes\"\nd: yes\ne: !!str 12\nf: |\n  true\n")
    #expect(root["a"]?.isNull == false)
    #expect(root["b"]?.isNull == true)
    #expect(root["c"]?.scalar?.bool == nil)
    #expect(root["d"]?.scalar?.bool == true)
    #expect(root["e"]?.scalar == YAMLScalar("12", isText: true))
    #expect(root["f"]?.scalar == YAMLScalar("true\n", isText: true))
  }

  @Test func mergedKeysKeepTheirPlaceAndYieldToTheMappingsOwn() throws {
    let root = try only(
      """
      base: &base
        kept: from base
        overridden: from base
      other: &other
        kept: from other
        added: from other
      one:
        overridden: own
        <<: [*base, *other]
      two:
        <<: *base
        overridden: own
      quoted:
        "<<": *base
      """)
    let one = try #require(root["one"])
    #expect(one["kept"]?.scalar?.text == "from base")
    #expect(one["added"]?.scalar?.text == "from other")
    #expect(one["overridden"]?.scalar?.text == "own")
    #expect(one.entry("kept")?.key.mark.line == 2)
    #expect(root["two"]?["overridden"]?.scalar?.text == "own")
    #expect(root["two"]?.mapping?.count == 2)
    #expect(root["quoted"]?["<<"]?["kept"] != nil, "a quoted key is a key like any other")
  }

  @Test func aMergeOfSomethingElseIsAnError() {
    #expect(
      read("a:\n  <<: text\n").failure
        == YAMLError(reason: .mergeOfNoMapping, mark: YAMLMark(line: 2, column: 3)))
    #expect(read("a: &a [1]\nb:\n  <<: *a\n").failure?.reason == .mergeOfNoMapping)
  }

  @Test func anAliasDoesNotReachOverDocuments() {
    let documents = read("a: &here 1\n---\nb: 2\n---\nc: *here\n")
    #expect(documents.roots.count == 2)
    #expect(
      documents.failure
        == YAMLError(reason: .unknownAlias, mark: YAMLMark(line: 5, column: 4)))
  }

  @Test func anAnchorMayBeGivenAnew() throws {
    let root = try only("a: &x 1\nb: *x\nc: &x 2\nd: *x\n")
    #expect(root["b"]?.scalar?.text == "1")
    #expect(root["d"]?.scalar?.text == "2")
  }

  @Test func anAliasWithinItsOwnAnchorIsUnknown() {
    #expect(read("a: &a [1, *a]\n").failure?.reason == .unknownAlias)
  }

  @Test func whatUnfoldsWithoutEndIsCutOff() {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...12 {
      let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      text += "a\(level): &a\(level) [\(aliases)]\n"
    }
    let documents = read(text)
    #expect(documents.roots.isEmpty)
    #expect(documents.failure?.reason == .tooManyNodes(limit: 200_000))
  }

  @Test func aTextOfBracketsIsTooDeep() {
    #expect(
      read(String(repeating: "[", count: 300) + String(repeating: "]", count: 300)).failure?.reason
        == .tooDeep(limit: 200))
    #expect(read(String(repeating: "[", count: 100_000)).failure != nil)
  }

  /// Each level stands on the one before it: few brackets, many levels.
  @Test func aliasesAddToTheDepth() {
    let brackets = (
      open: String(repeating: "[", count: 150), close: String(repeating: "]", count: 150)
    )
    let text = "a: &a \(brackets.open)\(brackets.close)\nb: \(brackets.open)*a\(brackets.close)\n"
    #expect(
      read(text).failure
        == YAMLError(reason: .tooDeep(limit: 200), mark: YAMLMark(line: 2, column: 154)))
    #expect(read("a: &a [[[1]]]\nb: [[[*a]]]\n").failure == nil)
  }

  @Test(arguments: [
    ("a: 1\nb: 2\na: 3\n", "a", 3), ("a: 1\n\"a\": 3\n", "a", 2),
    ("a: &a {}\nb:\n  <<: *a\n  <<: *a\n", "<<", 4),
  ])
  func theSameKeyTwiceIsAnError(text: String, key: String, line: Int) {
    #expect(read(text).failure?.reason == .duplicateKey(key))
    #expect(read(text).failure?.mark?.line == line)
  }

  @Test func whatIsNoTextIsNoKeyOfThem() throws {
    let entries = try #require(try only("? [1, 2]\n: a\n? {b: c}\n: d\n").mapping)
    #expect(entries.map { $0.key.scalar == nil } == [true, true])
  }

  @Test func bytesThatAreNoTextAreNamedByTheirPlace() {
    #expect(
      read("a: 1\nb: é\u{1}\n").failure?.mark == YAMLMark(line: 2, column: 5))
  }

  @Test func syntaxErrorsNameTheirLine() {
    let failure = read("a: 1\nb: [\nc: 2\n").failure
    #expect(failure?.mark?.line == 4)
    guard case .syntax(let words) = failure?.reason else {
      Issue.record("no syntax error: \(String(describing: failure))")
      return
    }
    #expect(words == "did not find expected ',' or ']'")
  }

  @Test func whatCameBeforeAnErrorIsKept() {
    let documents = read("a: 1\n---\nb: [1\n")
    #expect(documents.roots.count == 1)
    #expect(documents.failure != nil)
  }

  @Test func aByteOrderMarkAndCarriageReturnsAreNoContent() throws {
    let root = try only("\u{FEFF}a: 1\r\nb: text\r\n")
    #expect(root["a"]?.scalar?.text == "1")
    #expect(root["b"]?.scalar?.text == "text")
    #expect(root.entry("a")?.key.mark == YAMLMark(line: 1, column: 1))
  }

  @Test func jsonIsYAML() throws {
    let root = try only("{\"a\": {\"b\": [1, true, null, \"x\\n\"]}}")
    let list = try #require(root["a"]?["b"]?.sequence)
    #expect(list.map(\.isNull) == [false, false, true, false])
    #expect(list[3].scalar?.text == "x\n")
  }
}

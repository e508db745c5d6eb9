import Glibc
import Testing
import TextScreen

/// A command over several lines is the same command.
@Suite struct ShellLinesTests {
  private static let commands = [
    "printf '<%s>' a bb ccc dddd eeeee ffffff ggggggg hhhhhhhh iiiiiiiii jjjjjjjjjj",
    "printf '<%s>' --target='2026-11-22 10:59:00+00' \"it's $HOME\" 'a  b   c' plain",
    "printf '<%s>' '-c data_directory=/var/lib/pg/recovered/data -c listen_addresses= -c port=5433'",
    "printf '<%s>' \"$(printf '%s' 'one two' three)\" \"a \\\"b\\\" c\" 'it'\\''s' x\\ y",
    "printf '<%s>' /a/path/that/is/longer/than/any/line/of/the/smallest/screen/and/goes/on/and/on",
    "until test \"$(printf f)\" = f; do sleep 1; done; printf '<%s>' \"SELECT pg_read_file('x' || 'y')\"",
    #"echo '7; 2615 16 TABLE a "b c" d' | awk '/^[0-9]/ { k = $0; sub(/^[0-9]+; [0-9]+ [0-9]+ /, "", k); print "E\047" k "\047 \\gexec" }'"#,
    #"{ echo a && echo 'b c'; } | sh -c 'n=$#; while IFS= read -r t; do set -- "$@" -t "$t"; done; test $# = $n || exec "$@"' sh printf '<%s>'"#,
    "X=1; printf '<%s>' \"${X:?it is not set}\" > /dev/stdout && printf '%s' done",
  ]

  /// What a shell makes of it.
  private static func run(_ text: String) -> String {
    guard let stream = popen(text, "r") else { return "no shell" }
    defer { pclose(stream) }
    var bytes: [UInt8] = []
    while case let byte = fgetc(stream), byte != EOF { bytes.append(UInt8(byte)) }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test(arguments: commands, [12, 20, 33, 40, 79])
  func pastedTheyAreTheSameCommand(command: String, width: Int) {
    let lines = ShellLines.lines(command, width: width, indent: 4)
    #expect(lines.allSatisfy { $0.count <= width }, "\(lines)")
    #expect(lines.dropLast().allSatisfy { $0.hasSuffix("\\") })
    #expect(Self.run(lines.joined(separator: "\n")) == Self.run(command), "\(lines)")
  }

  @Test func oneThatFitsIsLeftAlone() {
    #expect(ShellLines.lines("a  'b  c'", width: 20, indent: 2) == ["  a  'b  c'"])
  }

  @Test func brokenIsItBetweenItsWordsWhereTheyFit() {
    #expect(
      ShellLines.lines("restore --set=x '--target=a b' later", width: 20, indent: 2)
        == ["  restore --set=x \\", "  '--target=a b' \\", "  later"])
  }

  @Test func everyLineOfACommentIsOne() {
    let lines = ShellLines.lines("# on db2: pgbackrest --delta restore", width: 20, indent: 2)
    #expect(lines.count > 1 && lines.allSatisfy { $0.hasPrefix("  # ") }, "\(lines)")
  }
}

/// Commands within sentences.
@Suite struct CopyableTextTests {
  @Test func aCommandStandsOnLinesOfItsOwn() {
    #expect(
      Wrap.copyable(
        "kept in /srv/x; into it: psql -h /srv/x/run -p 6004; remove it with: pgvigil remove db abc",
        width: 30, indent: 2) == [
          "  kept in /srv/x; into it:", "  psql -h /srv/x/run -p 6004", "  remove it with:",
          "  pgvigil remove db abc",
        ])
  }

  @Test func whatFitsIntoALineStaysOne() {
    #expect(Wrap.copyable("do it: pgvigil drill db", width: 40) == ["do it: pgvigil drill db"])
  }

  @Test(arguments: [
    "names are not checked; written again since: pgvigil scrub tells whether it is whole now",
    "the server is reached by another way than was thought: kubectl port-forward ended with 1",
  ])
  func aSentenceThatTellsOfACommandIsNone(text: String) {
    let lines = Wrap.copyable(text, width: 40)
    #expect(lines == Wrap.lines(text, width: 40))
    #expect(PrintedCommand.pieces(text) == [.words(text)])
  }

  @Test func piecesPutTogetherAreTheText() {
    let text =
      "Look: psql -c 'SELECT 1; SELECT 2, 3' (or not); then: /usr/bin/pg_ctl stop -D x, and wait"
    let pieces = PrintedCommand.pieces(text)
    #expect(pieces.contains(.command("psql -c 'SELECT 1; SELECT 2, 3'")))
    #expect(pieces.contains(.command("/usr/bin/pg_ctl stop -D x")))
    let whole = pieces.map { piece in
      switch piece {
      case .words(let text), .command(let text): text
      }
    }
    #expect(whole.joined() == text)
  }
}

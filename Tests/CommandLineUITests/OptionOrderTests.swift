import Testing

@testable import CommandLineUI

/// Options before the command are as good as behind it.
@Suite struct OptionOrderTests {
  @Test(arguments: [
    ("--context prod status", "status --context prod"),
    ("-n auth drill auth-db", "drill -n auth auth-db"),
    ("--kubeconfig F --json status", "status --kubeconfig F --json"),
    ("--config F config check", "config check --config F"),
    ("--config F config --json check", "config check --config F --json"),
    ("--context=a --context b plan backup x", "plan backup --context=a --context b x"),
    ("-A status -- status", "status -A -- status"),
    // Its value, and not the command.
    ("--context status", "--context status"),
    ("--context status drill x", "drill --context status x"),
    // The console's own.
    ("--wallboard auth-db", "--wallboard auth-db"), ("-n auth", "-n auth"),
    ("status --json", "status --json"), ("auth-db status", "auth-db status"), ("", ""),
    ("-- status", "-- status"), ("--version", "--version"),
  ])
  func theCommandComesFirst(words: String, order: String) {
    let split = { (text: String) in text.split(separator: " ").map(String.init) }
    #expect(OptionOrder.commandFirst(split(words)) == split(order))
  }

  @Test func whatIsKnownBeforehandIsWhatTheParserSays() throws {
    let valued = OptionOrder.names(ofOptionsIn: try CommandTree.root())
    for (name, takesValue) in FleetOptions.takesValue {
      #expect(valued.contains(name) == takesValue, "\(name)")
    }
  }

  @Test func bothOrdersAnswerTheSame() async {
    let (before, after) = (Stage(), Stage())
    let status = await before.run("--json", "--context", "prod", "status")
    #expect(await after.run("status", "--json", "--context", "prod") == status)
    #expect(before.state.answer == after.state.answer && !before.state.answer.isEmpty)
  }
}

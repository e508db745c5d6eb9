import TestSupport

@main
struct Main {
  static func main() throws {
    let terminal = try PseudoTerminal(
      "/usr/bin/top", [], environment: ["TERM": "xterm-256color", "PATH": "/usr/bin:/bin"])
    print(terminal.wait(for: "COMMAND", limit: 3))
    print(terminal.screen.text)
    terminal.send("q")
    print(terminal.waitForExit() as Any)
  }
}

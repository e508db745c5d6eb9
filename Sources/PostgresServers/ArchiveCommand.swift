/// What can be told of an `archive_command` by its words alone.
package enum ArchiveCommand {
  /// Programs that succeed and keep nothing of what they are given.
  private static let idle: Set<String> = [
    "true", ":", "exit", "cd", "echo", "printf", "test", "[", "sleep", "logger", "date", "return",
    "pwd", "ls", "stat", "wait", "[[",
  ]
  /// Programs that only run the words after them.
  private static let carriers: Set<String> = ["exec", "env", "command", "nice", "nohup", "time"]
  private static let shells: Set<String> = ["sh", "bash", "dash", "ash"]

  /// Whether it reports success and stores nothing: `/bin/true`, `:`, `exit 0`, `cd .`, `echo %p`. False where it might.
  package static func isTrivial(_ text: String) -> Bool {
    let commands = simpleCommands(text)
    return !commands.isEmpty && commands.allSatisfy(isIdle)
  }

  private static func isIdle(_ words: [String]) -> Bool {
    if words.contains(where: writesFile) { return false }
    guard let first = words.first else { return true }
    // A variable that is set, and a command after it.
    if first.contains("="), !first.hasPrefix("-") { return isIdle(Array(words.dropFirst())) }
    let name = first.split(separator: "/").last.map(String.init) ?? first
    if name == "!" { return words.dropFirst().first == "false" }
    if carriers.contains(name) {
      return words.count == 1 || isIdle(Array(words.dropFirst()))
    }
    if shells.contains(name) {
      guard words.count >= 3, words[1].hasPrefix("-"), words[1].hasSuffix("c") else { return false }
      return isTrivial(words[2])
    }
    if name == "exit" || name == "return" { return words.count == 1 || words[1] == "0" }
    return idle.contains(name) || goesNowhere(name, words)
  }

  /// `>>/var/log/x`: what it is given may be kept there. The void and another stream keep nothing.
  private static func writesFile(_ word: String) -> Bool {
    guard let arrow = word.firstIndex(of: ">"),
      word[..<arrow].allSatisfy({ $0.isNumber || $0 == "&" })
    else { return false }
    let target = word[arrow...].drop { $0 == ">" }
    return target != "/dev/null" && !target.hasPrefix("&")
  }

  /// `cp %p /dev/null`, `cat %p` into it.
  private static func goesNowhere(_ name: String, _ words: [String]) -> Bool {
    switch name {
    case "cp", "mv", "install", "rsync": words.count > 2 && words.last == "/dev/null"
    case "dd": words.contains("of=/dev/null")
    case "cat", "gzip", "tee": words.contains(">/dev/null") || words.last == "/dev/null"
    default: false
    }
  }

  /// Words of each command between `;`, `&&`, `||`, `|` and `&`, without quotes and comments; redirections to a file
  /// that is not the void make it no trivial one.
  private static func simpleCommands(_ text: String) -> [[String]] {
    var commands: [[String]] = [[]]
    var word: String?
    var quote: Character?
    func end() {
      if let done = word { commands[commands.count - 1].append(done) }
      word = nil
    }
    var rest = text.makeIterator()
    scan: while let character = rest.next() {
      if let open = quote {
        if character == open { quote = nil } else { word = (word ?? "") + String(character) }
        continue
      }
      switch character {
      case "'", "\"":
        quote = character
        word = word ?? ""
      case "\\": word = (word ?? "") + (rest.next().map(String.init) ?? "")
      case ";", "|", "&", "\n", "(", ")", "{", "}":
        // The `&` of a redirection belongs to it: `2>&1`.
        if character == "&", word?.hasSuffix(">") == true {
          word?.append(character)
          continue
        }
        end()
        commands.append([])
      case "#" where word == nil: break scan
      case " ", "\t":
        // The target of a redirection stands apart from it.
        if word?.hasSuffix(">") == true { continue }
        end()
      default: word = (word ?? "") + String(character)
      }
    }
    end()
    return commands.filter { !$0.isEmpty }
  }
}

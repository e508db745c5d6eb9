import ArgumentParser

/// Options that stand before the command, as people know them from kubectl, go behind it, where the parser looks for
/// them: `--context prod status` is `status --context prod`.
enum OptionOrder {
  /// Unchanged where no command follows: then they are the console's.
  static func commandFirst(_ arguments: [String]) -> [String] {
    guard let first = arguments.first, isOption(first) else { return arguments }
    var (path, moved) = ([String](), [String]())
    var node: any ParsableCommand.Type = RootCommand.self
    var rest = arguments[...]
    while let word = rest.first, word != "--" {
      if isOption(word) {
        // No console is to wait for what an option means that no command follows.
        guard rest.contains(where: { subcommand($0, of: node) != nil }) else { break }
        let length = takesValue(word) ? 2 : 1
        moved += rest.prefix(length)
        rest = rest.dropFirst(length)
      } else if let next = subcommand(word, of: node) {
        path.append(word)
        node = next
        rest = rest.dropFirst()
      } else {
        break
      }
    }
    return path.isEmpty ? arguments : path + moved + rest
  }

  private static func subcommand(
    _ word: String, of command: any ParsableCommand.Type
  ) -> (any ParsableCommand.Type)? {
    command.configuration.subcommands.first { $0._commandName == word }
  }

  private static func isOption(_ word: String) -> Bool { word.hasPrefix("-") && word.count > 1 }

  /// The next word is its value, of whatever command it is an option.
  private static func takesValue(_ word: String) -> Bool {
    FleetOptions.takesValue[word] ?? valued.contains(word)
  }

  /// Every option that takes a value. Asked for once, and where it must be: 13 ms and 2 MiB.
  private static let valued = (try? CommandTree.root()).map(names(ofOptionsIn:)) ?? []

  /// Those that take the next word as their value, of every command.
  static func names(ofOptionsIn command: CommandTree.Command) -> Set<String> {
    let own = (command.arguments ?? []).filter { $0.kind == "option" }
      .flatMap { ($0.names ?? []).map(\.text) }
    return (command.subcommands ?? []).reduce(into: Set(own)) { names, next in
      names.formUnion(self.names(ofOptionsIn: next))
    }
  }
}

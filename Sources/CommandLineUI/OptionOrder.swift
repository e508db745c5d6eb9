import ArgumentParser

/// Options that stand before the command, as people know them from kubectl, go behind it, where the parser looks for
/// them: `--context prod status` is `status --context prod`.
enum OptionOrder {
  /// Unchanged where no command follows: then they are the console's.
  static func commandFirst(_ arguments: [String]) -> [String] {
    // The definitions are dear to ask for (13 ms and 2 MiB): no console is to wait for them.
    guard let first = arguments.first, isOption(first), arguments.contains(where: isCommand),
      let root = try? CommandTree.root()
    else { return arguments }
    let valued = names(ofOptionsIn: root)
    var (path, moved) = ([String](), [String]())
    var node = root
    var rest = arguments[...]
    while let word = rest.first, word != "--" {
      if isOption(word) {
        let length = valued.contains(word) ? 2 : 1
        moved += rest.prefix(length)
        rest = rest.dropFirst(length)
      } else if let next = node.subcommands?.first(where: { $0.commandName == word }) {
        path.append(word)
        node = next
        rest = rest.dropFirst()
      } else {
        break
      }
    }
    return path.isEmpty ? arguments : path + moved + rest
  }

  private static func isCommand(_ word: String) -> Bool {
    RootCommand.configuration.subcommands.contains { $0.configuration.commandName == word }
  }

  private static func isOption(_ word: String) -> Bool { word.hasPrefix("-") && word.count > 1 }

  /// Those that take the next word as their value, of every command.
  private static func names(ofOptionsIn command: CommandTree.Command) -> Set<String> {
    let own = (command.arguments ?? []).filter { $0.kind == "option" }
      .flatMap { ($0.names ?? []).map(\.text) }
    return (command.subcommands ?? []).reduce(into: Set(own)) { names, next in
      names.formUnion(self.names(ofOptionsIn: next))
    }
  }
}

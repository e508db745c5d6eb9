import ArgumentParser
import FoundationEssentials
import RecoveryModel

/// The command definitions as the parser itself dumps them (`--experimental-dump-help`, format 0).
struct CommandTree: Decodable {
  struct Command: Decodable {
    var commandName: String
    var abstract: String?
    var discussion: String?
    var shouldDisplay: Bool?
    var subcommands: [Command]?
    var arguments: [Argument]?

    /// Those that help shows.
    var shown: [Command] {
      (subcommands ?? []).filter { $0.shouldDisplay != false && $0.commandName != "help" }
    }
  }

  struct Argument: Decodable {
    struct Name: Decodable {
      var kind: String
      var name: String

      var text: String { (kind == "long" ? "--" : "-") + name }
    }

    /// `positional`, `option` or `flag`.
    var kind: String
    var shouldDisplay: Bool?
    var isOptional: Bool?
    var isRepeating: Bool?
    var names: [Name]?
    var valueName: String?
    var defaultValue: String?
    var abstract: String?
    var discussion: String?
  }

  var command: Command

  /// The definitions of this very program. Throws where the parser's dump cannot be read.
  static func root() throws -> Command {
    let text: String
    do {
      _ = try RootCommand.parseAsRoot(["--experimental-dump-help"])
      throw RecoveryError(.failed, "the command definitions were not dumped")
    } catch let error as RecoveryError {
      throw error
    } catch {
      text = RootCommand.fullMessage(for: error)
    }
    return try JSONDecoder().decode(CommandTree.self, from: Data(text.utf8)).command
  }
}

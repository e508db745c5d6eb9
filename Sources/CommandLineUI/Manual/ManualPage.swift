/// Renders the manual page, pgvigil(1), from the command definitions.
enum ManualPage {
  static func render(_ root: CommandTree.Command) -> String {
    var lines = [
      ".TH PGVIGIL 1 \"\" \"pgvigil \(Version.number)\" \"User Commands\"",
      ".SH NAME", "pgvigil \\- \(escaped(root.abstract ?? ""))",
      ".SH SYNOPSIS", ".B pgvigil", ".RI [ options ] \" \" [ cluster ]", ".br", ".B pgvigil",
      ".IR command \" \" [ options ]",
      ".SH DESCRIPTION",
    ]
    lines += paragraphs(root.discussion ?? "")
    lines.append(".SH COMMANDS")
    for command in root.shown { lines += section(command, prefix: "pgvigil") }
    lines += exitStatus + files
    return lines.joined(separator: "\n") + "\n"
  }

  private static func section(_ command: CommandTree.Command, prefix: String) -> [String] {
    let name = prefix + " " + command.commandName
    guard command.shown.isEmpty else {
      return command.shown.flatMap { section($0, prefix: name) }
    }
    let arguments = (command.arguments ?? []).filter {
      $0.shouldDisplay != false && !["help", "version"].contains($0.valueName ?? "")
    }
    let usage = arguments.map(usage).joined(separator: " ")
    var lines = [".SS \"\(escaped(name))\(usage.isEmpty ? "" : " " + escaped(usage))\""]
    lines += paragraphs(command.abstract ?? "") + paragraphs(command.discussion ?? "")
    for argument in arguments {
      lines += [".TP", "\\fB\(escaped(label(argument)))\\fR"]
      let fallback = argument.defaultValue.map { " Default: \($0)." } ?? ""
      lines.append(escaped((argument.abstract ?? "") + fallback))
      if let discussion = argument.discussion { lines += [".br", escaped(discussion)] }
    }
    return lines
  }

  private static func usage(_ argument: CommandTree.Argument) -> String {
    let long = argument.names?.first { $0.kind == "long" }?.text ?? ""
    let value = "<\(argument.valueName ?? "value")>"
    let text: String
    switch argument.kind {
    case "positional": text = value + (argument.isRepeating == true ? " ..." : "")
    case "flag": text = long
    default: text = long + " " + value
    }
    return argument.isOptional == true ? "[\(text)]" : text
  }

  private static func label(_ argument: CommandTree.Argument) -> String {
    let value = "<\(argument.valueName ?? "value")>"
    guard let names = argument.names, !names.isEmpty else { return value }
    let spelled = names.map(\.text).joined(separator: ", ")
    return argument.kind == "option" ? spelled + " " + value : spelled
  }

  private static var exitStatus: [String] {
    [".SH EXIT STATUS"]
      + ExitStatus.allCases.flatMap { status in
        [
          ".TP", ".B \(status.rawValue)",
          escaped("status: \(status.ofStatus). Other commands: \(status.ofActions)."),
        ]
      }
  }

  private static let files = [
    ".SH FILES", ".TP", ".I $XDG_CONFIG_HOME/pgvigil/config.yaml", "The configuration.", ".TP",
    ".I $XDG_STATE_HOME/pgvigil/", "Ledger of drills, audit log and log; readable by their owner.",
    ".SH ENVIRONMENT", "NO_COLOR, TERM, LINES, COLUMNS and libpq's PG* are honoured.",
  ]

  /// One `.PP` each; blank lines divide.
  private static func paragraphs(_ text: String) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: true)
      .flatMap { [".PP", escaped(String($0))] }
  }

  /// Backslashes, hyphens and a leading dot or quote mean something to roff.
  private static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "\\": result += "\\e"
      case "-": result += "\\-"
      case "\"": result += "\\(dq"
      default: result.append(character)
      }
    }
    return result.hasPrefix(".") || result.hasPrefix("'") ? "\\&" + result : result
  }
}

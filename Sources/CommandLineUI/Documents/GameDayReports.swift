import RecoveryModel

/// All mishaps.
struct MishapsReport: Report {
  var schemaVersion = CommandLineUI.schemaVersion
  var mishaps: [GameDayControl.Mishap]

  func text(_ style: TextStyle) -> String {
    let rows = mishaps.map { mishap in
      [
        mishap.id, mishap.title,
        mishap.verdicts.joined(separator: ", ") + (mishap.isOfContents ? " (by a drill)" : ""),
      ]
    }
    return TextLayout.table([["MISHAP", "WHAT", "TRUE VERDICTS"]] + rows)
  }
}

/// What was just planted; without its name where somebody is to find out.
struct PlantedReport: Report {
  var schemaVersion = CommandLineUI.schemaVersion
  var mishap: GameDayControl.Mishap?
  var configuration: String
  var directory: String

  func text(_ style: TextStyle) -> String {
    let directory = Sanitizer.clean(directory)
    let head = mishap.map { "planted \($0.id): \($0.title)" } ?? "something is wrong now"
    return """
      \(head)
        look    pgvigil --config \(Sanitizer.clean(configuration))
        solve   pgvigil gameday reveal --dir \(directory)
        end     pgvigil gameday mend --dir \(directory)
      """
  }
}

/// What it is, or was.
struct MishapReport: Report {
  var schemaVersion = CommandLineUI.schemaVersion
  var mishap: GameDayControl.Mishap?
  var isMended = false

  private enum CodingKeys: String, CodingKey {
    case schemaVersion, mishap
    case isMended = "mended"
  }

  func text(_ style: TextStyle) -> String {
    guard let mishap else { return "nothing is planted" }
    var lines = [
      "\(isMended ? "mended " : "")\(mishap.id): \(mishap.title)",
      TextLayout.labelled("happens by", mishap.cause),
      TextLayout.labelled(
        "the truth",
        mishap.verdicts.joined(separator: " or ")
          + (mishap.isOfContents
            ? "; names and sizes are in order, so a drill or a scrub has to find it" : "")),
    ]
    if let aftermath = mishap.aftermath, isMended {
      lines.append(TextLayout.labelled("left", aftermath))
    }
    return lines.joined(separator: "\n")
  }
}

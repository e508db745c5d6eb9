import FoundationEssentials

extension RecoveryPlan {
  /// What is saved and copied: all of it. What can be applied or run is the manifest, else the road that leaves production
  /// alone; the other roads are comments.
  package var artefact: RecoveryManifest {
    if let manifest {
      return RecoveryManifest(name: manifest.name, text: manifest.text + comments(roads))
    }
    let first = roads.first { $0.kind == .beside } ?? roads.first
    return RecoveryManifest(
      name: "\(Self.fileName(cluster))-recovery.sh",
      text: script(first) + comments(roads.filter { $0 != first }))
  }

  private func comments(_ roads: [RecoveryRoad]) -> String {
    let lines = roads.flatMap { ["", "# \(Self.comment($0.title))"] + self.lines(of: $0) }
    return lines.map { ($0.isEmpty || $0.hasPrefix("#") ? $0 : "# " + $0) + "\n" }.joined()
  }

  private func script(_ road: RecoveryRoad?) -> String {
    ([
      "#!/bin/sh",
      "# \(Self.comment("Recovery of \(cluster) to \(order.moment.text), into \(place)"))",
      "# Planned \(Format.timestamp(order.now)). Run it step by step, and read each one first.",
      "set -eu",
    ] + (road.map(lines(of:)) ?? [])).joined(separator: "\n") + "\n"
  }

  /// Commands with what they are for. Steps without any stand as comments, in their order.
  private func lines(of road: RecoveryRoad) -> [String] {
    var lines: [String] = []
    for (index, step) in road.steps.enumerated() {
      lines += ["", "# \(index + 1). \(Self.comment(step.what))"]
      if !step.changes.isEmpty { lines.append("#    changes: \(Self.comment(step.changes))") }
      if !step.undo.isEmpty { lines.append("#    undo: \(Self.comment(step.undo))") }
      lines += step.commands
    }
    return lines
  }

  private static func comment(_ text: String) -> String { Sanitizer.clean(text, limit: 2000) }

  /// Letters, digits and dashes, so that no name leads out of a directory.
  package static func fileName(_ name: String) -> String {
    let shown = name.map { character -> Character in
      character.isASCII && (character.isLetter || character.isNumber) ? character : "-"
    }
    let text = String(shown.prefix(80)).split(separator: "-").joined(separator: "-")
    return text.isEmpty ? "cluster" : text
  }
}

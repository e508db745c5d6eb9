import FoundationEssentials

extension RecoveryPlan {
  /// What is saved and copied: the manifest, else a script of the road that leaves production alone.
  package var artefact: RecoveryManifest {
    manifest
      ?? RecoveryManifest(
        name: "\(Self.fileName(cluster))-recovery.sh",
        text: script(roads.first { $0.kind == .beside } ?? roads.first))
  }

  /// Commands with what they are for. Steps without any stand as comments, in their order.
  private func script(_ road: RecoveryRoad?) -> String {
    var lines = [
      "#!/bin/sh",
      "# \(Self.comment("Recovery of \(cluster) to \(order.moment.text), into \(place)"))",
      "# Planned \(Format.timestamp(order.now)). Run it step by step, and read each one first.",
      "set -eu",
    ]
    for (index, step) in (road?.steps ?? []).enumerated() {
      lines += ["", "# \(index + 1). \(Self.comment(step.what))"]
      if !step.changes.isEmpty { lines.append("#    changes: \(Self.comment(step.changes))") }
      if !step.undo.isEmpty { lines.append("#    undo: \(Self.comment(step.undo))") }
      lines += step.commands
    }
    return lines.joined(separator: "\n") + "\n"
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

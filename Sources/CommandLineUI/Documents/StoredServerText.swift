import FoundationEssentials
import RecoveryModel

/// One server of a store for a person: the verdict first, then every figure, then what is wrong.
struct StoredServerText {
  var server: StoredServer
  var assessment: StoreAssessment
  var now: Date
  var style: TextStyle

  var text: String {
    let head =
      "\(Sanitizer.clean(server.name)): \(style.verdict(assessment.verdict))"
      + style.dim("  (\(Sanitizer.clean(server.path)))")
    let lines = FindingText(style: style)
    return
      ([head, window] + wal + [encryption].compactMap { $0 } + safety + backups
      + lines.lines(assessment.findings) + lines.lines(server.unavailable))
      .joined(separator: "\n")
  }

  private func line(_ label: String, _ text: String) -> String {
    TextLayout.labelled(label, Sanitizer.clean(text), column: 16)
  }

  private func ago(_ date: Date) -> String {
    Format.past(now.timeIntervalSince(date))
  }

  private var window: String {
    guard let window = assessment.window else { return line("restorable", "unknown") }
    guard let first = window.first, let last = window.last else {
      return line("restorable", "nothing")
    }
    let count = window.restorable.count
    var text =
      "\(Format.timestamp(first)) to \(Format.timestamp(last)), from \(count) "
      + "backup\(count == 1 ? "" : "s")"
    if !window.points.isEmpty { text += ", \(window.points.count) older to one moment each" }
    if !window.holes.isEmpty { text += "; HOLES: \(window.holes.count)" }
    return line("restorable", text)
  }

  // MARK: WAL

  private var wal: [String] {
    guard let wal = server.wal.value else { return [line("WAL", "unknown")] }
    guard !wal.archive.segments.isEmpty else {
      return [line("WAL", "no segment (\(wal.objects) objects, \(Format.bytes(wal.bytes)))")]
    }
    let size = wal.archive.segmentSize
    let compressed = wal.compressions.sorted { $0.key < $1.key }
      .map { wal.compressions.count == 1 ? $0.key : "\($0.value) \($0.key)" }
    let extras = [
      wal.partials > 0 ? "\(wal.partials) partial" : nil,
      wal.spoiled.isEmpty ? nil : "\(wal.spoiled.count) spoiled",
    ].compactMap { $0 }
    let assumed = wal.isSegmentSizeAssumed ? " (assumed)" : ""
    let sum =
      "\(wal.archive.segments.count) segments of \(Format.bytes(Int64(size)))\(assumed), "
      + "\(Format.bytes(wal.bytes)) in \(wal.objects) objects; compression: "
      + compressed.joined(separator: ", ") + extras.map { "; " + $0 }.joined()
    var lines = [line("WAL", sum)]
    if let newest = wal.newest {
      let age = newest.archivedAt.map { ", \(Format.timestamp($0)), \(ago($0))" } ?? ""
      lines.append(line("last WAL", newest.segment.name(segmentSize: size) + age))
    }
    return lines + timelines(wal)
  }

  /// Where there was a promotion.
  private func timelines(_ wal: StoredWAL) -> [String] {
    let timelines = wal.timelines
    guard timelines.count > 1 || !wal.histories.isEmpty else { return [] }
    let parts = timelines.map { entry -> String in
      let left = wal.archive.switches.first { $0.timeline == entry.timeline }
      let origin = left.map { ", left \($0.parent) at \($0.switchedAt)" } ?? ""
      return "\(entry.timeline) (\(entry.segments) segments\(origin))"
    }
    let unread = wal.unreadHistories.sorted { $0.key < $1.key }.map {
      "; the history file of \($0.key) was not read: \($0.value)"
    }
    return [line("timelines", parts.joined(separator: ", ") + unread.joined())]
  }

  /// What else keeps it, each in a line.
  private var safety: [String] {
    server.facts.filter { $0.label != "encryption" }.map { line($0.label, $0.words) }
  }

  private var encryption: String? {
    guard let kind = server.encryption.value else { return nil }
    let wal = server.walEncryption.value.flatMap { $0 == kind ? nil : "; WAL: \($0)" } ?? ""
    let clientSide = (server.backups.value ?? []).contains { $0.encryption != nil }
    let none =
      kind == "none" && !clientSide
      ? ": whoever reads the bucket reads the data" : kind == "none" ? " on the server" : ""
    return line("encryption", kind + none + wal + (clientSide ? "; client-side as well" : ""))
  }

  // MARK: Base backups

  private var backups: [String] {
    guard let backups = server.backups.value else { return [line("backups", "unknown")] }
    guard !backups.isEmpty else { return [line("backups", "none")] }
    let rows = backups.reversed().map { stored -> [String] in
      let cells = row(stored).map { Sanitizer.clean($0, limit: 60) }
      // No spaces before nothing.
      return cells.last == "" ? cells.dropLast() : cells
    }
    let lines = TextLayout.table(rows).split(separator: "\n").map(String.init)
    return lines.enumerated().map { index, row in
      TextLayout.padded(index == 0 ? "  backups" : "", 16) + row
    }
  }

  private func row(_ stored: StoredBackup) -> [String] {
    let backup = stored.backup
    let end = backup.finishedAt.map { String(Format.timestamp($0).dropFirst(11)) } ?? ""
    let began = String(Format.timestamp(backup.startedAt).prefix(19)).map { $0 == "T" ? " " : $0 }
    return [
      backup.id, stored.status,
      backup.finishedAt == nil ? "began \(String(began).dropFirst(11))Z" : "ended \(end)",
      stored.dataObjects == 0 ? "no data" : Format.bytes(stored.dataBytes),
      note(stored),
    ]
  }

  /// What else is to be known of it, in few words.
  private func note(_ stored: StoredBackup) -> String {
    let own = assessment.ownWAL[stored.backup.id].map { $0 ? "WAL there" : "WAL MISSING" }
    return [
      stored.status == "DONE" ? assessment.flaws[stored.backup.id] ?? own ?? "WAL unknown" : nil,
      stored.keep.map { "keep \($0)" },
      stored.backup.timeline.flatMap { $0 > 1 ? "timeline \($0)" : nil },
    ].compactMap { $0 }.joined(separator: ", ")
  }
}

extension StoredServer {
  /// What could not be had.
  var unavailable: [Unavailable] {
    [backups.failure, wal.failure, uploads.failure, encryption.failure].compactMap { $0 }
  }
}

import RecoveryModel

extension Mishap {
  private static let lost =
    "what was written meanwhile is not in the archive: pgvigil backup \(SandboxLayout.cluster)"

  /// What keeps WAL from leaving the primary.
  static let ofTheArchiver: [Mishap] = [
    Mishap(
      "archiver-fails", "archive_command fails",
      cause: "a full repository, a password that was changed, a firewall", says: [.atRisk],
      plant: { stage in
        try await stage.set("archive_command", to: "false")
        try await stage.closeSegment()
      }),
    Mishap(
      "archiver-hangs", "archive_command never ends",
      cause: "a network file system that does not answer", says: [.atRisk],
      plant: { stage in
        try await stage.set("archive_command", to: "sleep 86400; false")
        for _ in 0..<2 { try await stage.closeSegment() }
      }),
    Mishap(
      "archiver-lies", "archive_command says yes and stores nothing",
      cause: "it was switched off for maintenance, and stayed so", says: [.atRisk],
      aftermath: lost,
      plant: { stage in
        try await stage.set("archive_command", to: "/bin/true")
        try await stage.closeSegment()
      }),
    Mishap(
      "archiver-elsewhere", "archive_command stores into a place that nobody restores from",
      cause: "a move to another repository that was left half done", says: [.atRisk],
      aftermath: lost,
      plant: { stage in
        try await stage.set(
          "archive_command", to: "cp \"%p\" \"\(stage.site.layout.spool)/%f\"")
        for _ in 0..<2 { try await stage.closeSegment() }
      }),
    Mishap(
      "stopped", "`pgbackrest stop` was never taken back",
      cause: "maintenance that somebody was called away from", says: [.atRisk],
      plant: { stage in
        let path = "\(stage.site.layout.lock)/\(SandboxLayout.cluster).stop"
        try stage.add(path, [])
        try await stage.closeSegment()
      }),
  ]

  /// Servers that are not what they were.
  static let ofServers: [Mishap] = [
    Mishap(
      "primary-killed", "the primary is gone", cause: "a machine that vanished",
      says: [.atRisk],
      plant: { stage in try stage.kill("primary") }),
    Mishap(
      "primary-frozen", "the primary answers nothing", cause: "a storage that hangs",
      says: [.atRisk, .unknown],
      plant: { stage in try stage.freeze("primary") }),
    Mishap(
      "all-killed", "no server is left", cause: "a rack without power",
      says: [.atRisk, .unknown],
      plant: { stage in
        for instance in stage.site.marker.instances { try stage.kill(instance) }
      }),
  ]
}

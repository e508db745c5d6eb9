import RecoveryModel

/// The files of a sandbox's pgBackRest repository, as they lie there.
struct SandboxRepository: Sendable {
  let layout: SandboxLayout

  struct Segment: Sendable, Equatable {
    /// 24 hexadecimal digits.
    var name: String
    var path: String
  }

  var archive: String { "\(layout.repository)/archive/\(SandboxLayout.cluster)" }
  var backups: String { "\(layout.repository)/backup/\(SandboxLayout.cluster)" }

  /// In order, over all timelines; without `.partial`, `.backup` and temporary files.
  var segments: [Segment] {
    var found: [Segment] = []
    for version in FileTree.names(archive) ?? [] {
      for folder in FileTree.names("\(archive)/\(version)") ?? [] where folder.utf8.count == 16 {
        for file in FileTree.names("\(archive)/\(version)/\(folder)") ?? [] {
          let parts = file.split(separator: "-", maxSplits: 1)
          guard parts.count == 2, parts[0].utf8.count == 24, !file.hasSuffix(".tmp") else {
            continue
          }
          found.append(
            Segment(name: String(parts[0]), path: "\(archive)/\(version)/\(folder)/\(file)"))
        }
      }
    }
    return found.sorted { $0.name < $1.name }
  }

  /// Labels, oldest first.
  var labels: [String] {
    (FileTree.names(backups) ?? []).filter { $0.utf8.count >= 16 && "FDI".contains($0.last ?? " ") }
      .sorted()
  }

  /// What a server writes that is promoted from timeline 1 at the begin of this segment of 1 MiB.
  static func history(_ segment: Segment) -> String {
    let number = UInt64(segment.name.suffix(8), radix: 16) ?? 0
    return "1\t0/\(String(number << 20, radix: 16, uppercase: true))\tno recovery target\n"
  }

  /// The newest backup's first and last segment, by its manifest. Throws `refused` where there is no backup.
  func newest() throws -> (label: String, start: Segment, stop: Segment) {
    guard let label = labels.last,
      let manifest = try FileTree.read("\(backups)/\(label)/backup.manifest", limit: 64 << 20)
    else {
      throw RecoveryError(
        .refused, "the sandbox has no base backup that anything could go wrong with",
        remedy: "pgvigil backup \(SandboxLayout.cluster) --config \(layout.configuration)")
    }
    let text = String(decoding: manifest, as: UTF8.self)
    let segments = segments
    func segment(_ key: String) throws -> Segment {
      let name = text.split(separator: "\n").first { $0.hasPrefix(key + "=") }?
        .dropFirst(key.count + 1).filter { $0 != "\"" }
      guard let found = segments.first(where: { $0.name == name.map { String($0) } }) else {
        throw RecoveryError(.refused, "\(label)'s own WAL is not in the archive")
      }
      return found
    }
    return (label, try segment("backup-archive-start"), try segment("backup-archive-stop"))
  }

  /// Segments that came after the newest backup.
  func later() throws -> [Segment] {
    let stop = try newest().stop
    return segments.filter { $0.name > stop.name }
  }
}

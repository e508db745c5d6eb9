import DrillParts
import FoundationEssentials
import RecoveryModel
import Synchronization
import Transports

/// Takes one base backup with pgBackRest and believes only the catalog.
struct BackupRun: Sendable {
  var site: OperationSite
  var processes: ProcessRunner
  var now: @Sendable () -> Date
  var feed: OperationFeed

  /// A backup that takes longer is killed: two days.
  static let deadline = 172_800.0

  static func arguments(_ kind: BackupKind, repository: Int) -> [String] {
    let type =
      switch kind {
      case .full: "full"
      case .differential: "diff"
      case .incremental: "incr"
      }
    return ["--repo=\(repository)", "--type=\(type)", "--log-level-console=info", "backup"]
  }

  func run(_ plan: OperationPlan) async throws {
    guard case .backup(let asked, _) = plan.request else {
      throw RecoveryError(.invalid, "not a plan for a backup")
    }
    let kind = plan.order?.as(BackupKind.self) ?? asked
    if let stop = site.stop {
      throw RecoveryError(.refused, stop.what, remedy: "run \(stop.command)")
    }
    say(.stepBegan("asking the catalog"))
    let before = try await StanzaProbe.ask(site, processes)
    if before.isLocked {
      throw RecoveryError(
        .refused, "another backup of \(site.stanza) holds the lock", remedy: "wait for its end")
    }
    say(.stepBegan("taking a \(kind.rawValue) backup"))
    let transcript = try await take(kind)
    say(.stepBegan("looking for the new backup in the catalog"))
    let label = try await verified(before: before, transcript: transcript)
    say(.backupFinished(label: label))
  }

  private func say(_ kind: OperationEvent.Kind) {
    feed.emit(OperationEvent(at: now(), kind: kind))
  }

  private func take(_ kind: BackupKind) async throws -> BackupTranscript {
    let watcher = Task { await watchLock() }
    defer { watcher.cancel() }
    let transcript = Mutex(BackupTranscript())
    let request = site.request(
      Self.arguments(kind, repository: site.repository), deadline: Self.deadline)
    let status: Int32
    do {
      status = try await processes.follow(request) { line in
        transcript.withLock { $0.read(line) }
        if let text = BackupTranscript.message(line) { say(.log(text)) }
      }
    } catch let error as RecoveryError where error.code == .cancelled {
      throw RecoveryError(
        .cancelled, "the backup was cancelled; no backup was made",
        remedy: "pgBackRest keeps what it copied, and its next backup resumes or removes it")
    }
    let said = transcript.withLock { $0 }
    guard status == 0 else {
      throw RecoveryError(
        .failed,
        "pgbackrest backup ended with status \(status): \(said.lastError ?? "it gave no reason")",
        remedy: "no backup was made; its next run resumes or removes what this one copied")
    }
    return said
  }

  /// The new label, as the catalog has it: an exit status of 0 is a claim.
  private func verified(before: StanzaProbe, transcript: BackupTranscript) async throws -> String {
    let after = try await StanzaProbe.ask(site, processes)
    let new = after.backup.filter { !before.labels.contains($0.label) }
    guard let entry = new.first(where: { $0.label == transcript.label }) ?? new.last else {
      throw RecoveryError(
        .failed, "pgbackrest backup ended well, but the catalog holds no new backup",
        remedy: "run \(site.shown(["info"])) and look at its log")
    }
    if entry.error == true {
      throw RecoveryError(
        .failed, "backup \(entry.label) is in the catalog with page checksum errors",
        remedy: "look at it with --set=\(entry.label); the data files of the server are damaged")
    }
    return entry.label
  }

  /// Passes on what pgBackRest writes into its lock file, twice a second, until cancelled.
  private func watchLock() async {
    let path = "\(site.place.lockPath)/\(site.stanza)-backup.lock"
    var last: Double?
    while !Task.isCancelled {
      try? await Task.sleep(for: .milliseconds(500))
      guard let text = FileText.read(path), let lock = BackupProgressFile(text: text),
        let fraction = lock.fraction, fraction != last
      else { continue }
      last = fraction
      say(.progress(fraction: fraction, bytesDone: lock.sizeComplete, bytesTotal: lock.size))
    }
  }
}

/// `<lock-path>/<stanza>-backup.lock`: JSON, with the progress in hundredths of a percent once it copies.
struct BackupProgressFile: Sendable, Equatable, Decodable {
  var pctCplt: Int?
  /// Bytes, from pgBackRest 2.48 on.
  var size: Int64?
  var sizeComplete: Int64?

  enum CodingKeys: String, CodingKey {
    case pctCplt, size
    case sizeComplete = "sizeCplt"
  }

  init?(text: String) {
    guard let lock = try? JSONDecoder().decode(BackupProgressFile.self, from: Data(text.utf8))
    else {
      return nil
    }
    self = lock
  }

  /// 0...1; nil in the first seconds.
  var fraction: Double? { pctCplt.map { min(1, max(0, Double($0) / 10_000)) } }
}

/// What `pgbackrest backup` says on its console.
struct BackupTranscript: Sendable, Equatable {
  var label: String?
  var lastError: String?
  /// Some line, be it a continuation, told of a full disk.
  var isDiskFull = false

  mutating func read(_ line: String) {
    if let text = line.after("new backup label = ") { label = String(text.firstWord) }
    if let text = line.after("ERROR: ") { lastError = text.trimmed }
    if MachineFault(said: line) == .full { isDiskFull = true }
  }

  /// The message without time and process; nil for the lines that only repeat options.
  static func message(_ line: String) -> String? {
    guard let text = line.after("INFO: ") ?? line.after("WARN: ") ?? line.after("ERROR: ") else {
      return nil
    }
    return text.contains("command begin") ? nil : text
  }
}

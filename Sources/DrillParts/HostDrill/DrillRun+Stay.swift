import FoundationEssentials
import Glibc
import LocalFiles
import PostgresServers
import RecoveryModel
import Transports

/// The end of a recovery beside production: the copy stays, and outlives this program.
extension DrillRun {
  /// Until the mark says that it stays, whoever finds it may take it for a dead drill's.
  func stay(_ keep: KeepOrder) async throws {
    guard let directory, var mark else { return }
    emit(.stepBegan("handing over"))
    try await stop(keep.side)
    await letGo()
    await drills.archive.close(directory)
    unlink(directory.guardPipe)
    directory.unsealTablespaces()
    try await configure(keep)
    try await start(keep, directory)
    try Task.checkCancellation()
    let environment = drills.environment
    let kept = KeptRecovery(
      id: plan.id, place: directory.path, moment: keep.moment, since: environment.now(),
      by: "\(environment.user) on \(environment.host)", connect: side(keep, directory).psql)
    journal.conclude(.passed, reason: nil)
    mark.journal = journal
    mark.kept = kept
    guard mark.write(in: directory.path) else {
      throw DrillEnd.couldNotRun(
        "cannot mark \(directory.path) as one that stays: \(String(cString: strerror(errno)))")
    }
    // Whatever is still written of it says so from now on.
    self.mark = mark
    self.kept = kept
  }

  private func side(_ keep: KeepOrder, _ directory: DrillDirectory) -> SideDirectory {
    var side = keep.side
    side.socketDirectory = directory.socketDirectory
    return side
  }

  private func run(_ program: String, _ arguments: [String]) async throws -> ProcessResult {
    try await drills.processes.run(
      ProcessRequest(
        program, arguments, environment: ["LC_ALL": "C"], account: site.account, deadline: 900))
  }

  /// The guarded server ends in order, so that the next one has nothing to recover.
  private func stop(_ side: SideDirectory) async throws {
    let result = try await run(
      side.programs + "/pg_ctl", ["stop", "-w", "-t", "600", "-m", "fast", "-D", side.data])
    guard result.status == 0 else {
      throw DrillEnd.couldNotRun("the copy could not be started anew: \(result.words)")
    }
  }

  /// A backup holds none where production's lies elsewhere, as Debian has it.
  private func configure(_ keep: KeepOrder) async throws {
    let own = keep.side.data + "/postgresql.conf"
    guard !FileText.exists(own) else { return }
    if let folder = keep.configuration {
      let command = keep.side.adopting(folder)
      let result = try await run(command[0], Array(command.dropFirst()))
      if result.status == 0, FileText.exists(own) { return }
      emit(.log("production's configuration could not be copied: \(result.words)"))
    }
    let result = try await run("cp", ["--", keep.side.path + "/postgresql.conf", own])
    guard result.status == 0 else { throw DrillEnd.couldNotRun(result.words) }
  }

  /// With its own configuration, else with none; what keeps it from reaching out wins over both.
  private func start(_ keep: KeepOrder, _ directory: DrillDirectory) async throws {
    let side = side(keep, directory)
    let minimal = [
      (name: "config_file", value: side.path + "/postgresql.conf"),
      (name: "shared_preload_libraries", value: ""),
    ]
    var said = ""
    for more in [[], minimal] {
      let result = try await run(
        side.programs + "/pg_ctl",
        [
          "start", "-w", "-t", "600", "-D", side.data, "-l", side.log, "-o",
          side.options(adding: more),
        ])
      if result.status == 0 {
        if !more.isEmpty {
          emit(.log("its own configuration cannot be loaded here (\(said)): it runs without"))
        }
        return
      }
      said = fatal(side.log) ?? result.words
    }
    throw DrillEnd.couldNotRun("it recovered, and its server does not start to stay: \(said)")
  }

  /// Why the server did not start, in its own words: nobody can look them up once the copy is gone.
  private func fatal(_ path: String) -> String? {
    var log = RecoveryLog()
    for line in (LocalFile.tail(path, limit: 65_536) ?? "").split(separator: "\n") {
      log.read(String(line))
    }
    return log.fatals.last.map { Sanitizer.clean($0, limit: 300) }
  }
}

extension ProcessResult {
  /// What a tool that failed had to say.
  fileprivate var words: String {
    let text = (error.isEmpty ? output : error).trimmed
    return text.isEmpty ? "it ended with \(status)" : Sanitizer.clean(String(text), limit: 300)
  }
}

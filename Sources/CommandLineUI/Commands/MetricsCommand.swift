import ArgumentParser
import FoundationEssentials
import RecoveryModel
import RecoveryService
import Synchronization

/// `pgvigil metrics`: the verdicts and their figures for Prometheus.
struct MetricsCommand: ParsableCommand, ContextCommand {
  static let configuration = CommandConfiguration(
    commandName: "metrics",
    abstract: "Print or serve verdicts, ages, RPO, RTO and drills for Prometheus.",
    discussion: """
      Without --listen it asks every source once and prints. With it, GET /metrics answers from the newest \
      picture and GET /healthz says whether there is one. What is unknown has no sample. With --textfile a \
      command that cannot run says so in that file (pgvigil_up 0), in place of what stood there.
      """)

  @OptionGroup var fleetOptions: FleetOptions
  @Flag(help: "Ask once, print and end; what happens without --listen anyway.")
  var once = false
  @Option(
    help: ArgumentHelp(
      "Serve over HTTP until a signal.", discussion: "As 127.0.0.1:9488, or :9488 for all.",
      valueName: "address:port"))
  var listen: String?
  @Option(
    help: ArgumentHelp(
      "Ask once and replace this file at once, for node_exporter's textfile collector.",
      valueName: "path"),
    completion: .file(extensions: ["prom"]))
  var textfile: String?
  @Option(help: ArgumentHelp("Time between refreshes while serving.", valueName: "duration"))
  var interval: String = "15s"

  func validate() throws {
    if let listen, ListenAddress(listen) == nil {
      throw ValidationError("--listen takes ADDRESS:PORT, as 127.0.0.1:9488.")
    }
    if textfile == "" { throw ValidationError("--textfile takes a file's path.") }
    if [once, listen != nil, textfile != nil].count(where: { $0 }) > 1 {
      throw ValidationError("--once, --listen and --textfile exclude each other.")
    }
    if DurationText.seconds(interval).map({ Configuration.intervals.contains($0) }) != true {
      let advice = DurationText.advice(for: interval).map { "; \($0)" } ?? ""
      throw ValidationError("--interval takes a duration between 0.2s and 1h\(advice).")
    }
  }

  func run(in context: CommandContext) async throws -> ExitStatus {
    do {
      return try await ask(in: context)
    } catch {
      // Yesterday's figures must not go on claiming; why there are no new ones is said as of every command.
      if let textfile {
        let text = MetricsDocument.failure(version: context.composition.version)
        try? AtomicFile.write(text, to: textfile, inPlaceOfStale: true)
      }
      throw error
    }
  }

  private func ask(in context: CommandContext) async throws -> ExitStatus {
    let fleet = try await context.openFleet(fleetOptions.request, nil)
    if let address = listen.flatMap(ListenAddress.init) {
      try await serve(fleet, on: address, in: context)
      return .good
    }
    let snapshot = await fleet.refresh(nil)
    context.output.notices(of: snapshot)
    let text = MetricsDocument(
      fleet: snapshot, version: context.composition.version, now: context.now()
    ).text
    if let textfile {
      try AtomicFile.write(text, to: textfile)
    } else {
      context.output.raw(text)
    }
    return snapshot.hidesClusters && snapshot.clusters.isEmpty ? .undecided : .good
  }

  private func serve(
    _ fleet: FleetAccess, on address: ListenAddress, in context: CommandContext
  ) async throws {
    let signals = context.signals()
    let page = MetricsPage(version: context.composition.version, now: context.now)
    let server = try ScrapeServer(address: address) { page.answer($0) }
    context.output.diagnostic("serving \(address.title)/metrics (port \(server.port))")
    let seconds = DurationText.seconds(interval) ?? 15
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await fleet.watch(seconds) }
      group.addTask { for await snapshot in fleet.snapshots() { page.show(snapshot) } }
      group.addTask { await server.serve() }
      for await _ in signals { break }
      group.cancelAll()
    }
  }
}

/// The newest picture, as scrapers get it.
final class MetricsPage: Sendable {
  private let picture = Mutex<FleetSnapshot?>(nil)
  private let version: String
  private let now: @Sendable () -> Date

  init(version: String, now: @escaping @Sendable () -> Date) {
    self.version = version
    self.now = now
  }

  func show(_ snapshot: FleetSnapshot) { picture.withLock { $0 = snapshot } }

  func answer(_ path: String) -> ScrapeAnswer {
    let snapshot = picture.withLock { $0 }
    switch path {
    case "/metrics":
      guard let snapshot else { return .refusal(503) }
      return ScrapeAnswer(
        status: 200, contentType: MetricsDocument.contentType,
        body: MetricsDocument(fleet: snapshot, version: version, now: now()).text)
    case "/healthz":
      return snapshot == nil ? .refusal(503) : ScrapeAnswer(status: 200, body: "ok\n")
    default: return .refusal(404)
    }
  }
}

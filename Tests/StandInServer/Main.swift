import ArgumentParser
import Dispatch
import Glibc
import Kubernetes
import KubernetesStandIn

/// Serves a stand-in API server until its standard input ends or a signal ends it. Commands on standard input:
/// `stop`, `resume`, `cut`, `compact`, `touch NAMESPACE/NAME`, `requests`, `forget`.
@main struct StandInServer: AsyncParsableCommand {
  @Option(help: "Port on 127.0.0.1; 0 takes a free one.") var port: UInt16 = 0
  @Option(help: "Where to write the administrator's kubeconfig.") var kubeconfig: String
  @Option(help: "Clusters to put there.") var clusters = 0
  @Option(help: "Backups per cluster.") var backups = 30
  @Option(help: "Instances per cluster.") var instances = 3
  @Option(help: "Namespaces to spread them over.") var namespaces = 50
  @Option(help: "Seconds between the bookmarks of a watch.") var bookmarkSeconds = 60.0
  @Flag(help: "Play the operator in namespace default and in those of --play-in.")
  var play = false
  @Option(help: "A namespace to play the operator in; made if need be.") var playIn: [String] = []
  @Option(
    help: ArgumentHelp(
      "A cluster with a real PostgreSQL, base backup and archive behind it, so that drills of it "
        + "restore a real server; plays the operator for it.", valueName: "namespace/name"))
  var source: String?
  @Option(help: "The namespace that drills restore into.") var drillNamespace = "pgvigil-drills"
  @Flag(help: "Refuse port forwards through WebSockets, as servers before 1.31 do.")
  var refuseWebSockets = false

  func run() async throws {
    let source = try await makeSource()
    do {
      try await serve(source)
    } catch {
      await source?.stop()
      throw error
    }
    await source?.stop()
  }

  private func serve(_ source: PlayedSource?) async throws {
    var options = StandIn.Options()
    options.port = port
    options.bookmarkSeconds = bookmarkSeconds
    options.tunnelsWebSockets = !refuseWebSockets
    let standIn = try StandIn(options)
    if clusters > 0 {
      try standIn.seedFleet(
        FleetSize(
          clusters: clusters, backups: backups, instances: instances, namespaces: namespaces))
    }
    var played = ["default"] + playIn
    if let source {
      try standIn.seedCluster(behind: source)
      played += [source.cluster.namespace, drillNamespace]
    }
    for name in played { try standIn.seed(namespace: name) }
    let player = Player(
      client: try standIn.client(), namespaces: Array(Set(played)), kubelet: standIn,
      source: source)
    let playing = play || source != nil ? Task { await player.run() } : nil
    try writeText(standIn.kubeconfig(), to: kubeconfig)
    say(standIn.url)
    let (lines, continuation) = AsyncStream.makeStream(of: String.self)
    startReader { line in
      if let line { continuation.yield(line) } else { continuation.finish() }
    }
    let signals = onSignals { continuation.finish() }
    defer { withExtendedLifetime(signals) {} }
    for await line in lines { obey(line, standIn) }
    playing?.cancel()
    await playing?.value
    standIn.stop()
  }

  private func makeSource() async throws -> PlayedSource? {
    guard let source else { return nil }
    let parts = source.split(separator: "/").map(String.init)
    guard parts.count == 2 else { throw ValidationError("--source NAMESPACE/NAME") }
    return try await PlayedSource.make(behind: ObjectKey(namespace: parts[0], name: parts[1]))
  }

  private func obey(_ line: String, _ standIn: StandIn) {
    let words = line.split(separator: " ").map(String.init)
    do {
      switch words.first {
      case "stop": standIn.stopListening()
      case "resume": try standIn.resume()
      case "cut": standIn.cutConnections()
      case "compact": standIn.compact()
      case "forget": standIn.forgetRequests()
      case "requests": return say(counts(standIn.requests))
      case "touch": return try touch(words.dropFirst().first ?? "", standIn)
      default: return say("error: unknown command \(line)")
      }
      say("\(words[0]) \(monotonic())")
    } catch {
      say("error: \(error)")
    }
  }

  /// Changes a cluster's status and says when: monotonic seconds, and the phase that it wrote.
  private func touch(_ target: String, _ standIn: StandIn) throws {
    let parts = target.split(separator: "/").map(String.init)
    guard parts.count == 2 else { throw ValidationError("touch NAMESPACE/NAME") }
    let before = standIn.object("clusters", parts[0], parts[1])?[path: "status", "phase"]?.string
    let healthy = "Cluster in healthy state"
    let phase = before == healthy ? "Switchover in progress" : healthy
    let time = monotonic()
    try standIn.change("clusters", parts[0], parts[1]) {
      $0.set(.string(phase), at: "status", "phase")
    }
    say("touch \(time) \(phase)")
  }

  /// `{"list clusters": 3, …}` on one line.
  private func counts(_ requests: [RequestRecord]) -> String {
    var counts: [String: Int] = [:]
    for request in requests {
      let what = request.resource.isEmpty ? request.path : request.resource
      counts["\(request.verb) \(what)", default: 0] += 1
    }
    return JSONValue.object(counts.mapValues { .integer($0) }).text
  }

  /// Past the streams of C: flushing all of them would wait for the reader, which holds standard input's lock until
  /// the next command comes.
  private func say(_ text: String) {
    let line = Array((text + "\n").utf8)
    var written = 0
    while written < line.count {
      let count = line[written...].withUnsafeBytes {
        write(STDOUT_FILENO, $0.baseAddress, $0.count)
      }
      guard count > 0 else { return }
      written += count
    }
  }
}

/// Monotonic seconds.
private func monotonic() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Throws where the file cannot be written.
private func writeText(_ text: String, to path: String) throws {
  guard let file = fopen(path, "we") else { throw ValidationError("cannot write \(path)") }
  defer { fclose(file) }
  fputs(text, file)
}

/// Calls back at SIGINT and SIGTERM, for as long as the answer is kept.
private func onSignals(_ body: @escaping @Sendable () -> Void) -> [any DispatchSourceSignal] {
  [SIGINT, SIGTERM].map { number in
    signal(number, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
    source.setEventHandler { body() }
    source.resume()
    return source
  }
}

/// Reads standard input on a thread of its own; nil is its end.
private func startReader(_ take: @escaping @Sendable (String?) -> Void) {
  final class Body: Sendable {
    let take: @Sendable (String?) -> Void
    init(_ take: @escaping @Sendable (String?) -> Void) { self.take = take }
  }
  var thread = pthread_t()
  pthread_create(
    &thread, nil,
    { context in
      guard let context else { return nil }
      let body = Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
      while let line = readLine() { body.take(line) }
      body.take(nil)
      return nil
    }, Unmanaged.passRetained(Body(take)).toOpaque())
  // Nobody waits for its end.
  pthread_detach(thread)
}

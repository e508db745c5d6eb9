import ArgumentParser
import Glibc
import KubernetesStandIn

/// Serves a stand-in API server until its standard input ends or it is killed. Commands on standard input:
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

  func run() async throws {
    var options = StandIn.Options()
    options.port = port
    options.bookmarkSeconds = bookmarkSeconds
    let standIn = try StandIn(options)
    if clusters > 0 {
      try standIn.seedFleet(
        FleetSize(
          clusters: clusters, backups: backups, instances: instances, namespaces: namespaces))
    }
    for name in playIn { try standIn.seed(namespace: name) }
    let player = Player(
      client: try standIn.client(), namespaces: ["default"] + playIn, kubelet: standIn)
    let playing = play ? Task { await player.run() } : nil
    try writeText(standIn.kubeconfig(), to: kubeconfig)
    say(standIn.url)
    let (lines, continuation) = AsyncStream.makeStream(of: String.self)
    startReader { line in
      if let line { continuation.yield(line) } else { continuation.finish() }
    }
    for await line in lines { obey(line, standIn) }
    playing?.cancel()
    await playing?.value
    standIn.stop()
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
}

import Foundation
import TestSupport

/// What watching CloudNativePG costs, against the stand-in API server in the same run.
struct FleetFigures {
  /// The release binary.
  let binary: String
  /// The stand-in's release binary.
  let standIn: String

  func measure() throws -> [Figure] { try oneCluster() + (try fleet()) }

  // MARK: One cluster

  private func oneCluster() throws -> [Figure] {
    let server = try FleetStandIn(binary: standIn, clusters: 1, backups: 30)
    defer { server.stop() }
    var ours: [Double] = []
    var peers: [Double] = []
    for _ in 0..<9 {
      let start = EmulatedTerminal.now
      let terminal = try server.console(binary)
      guard terminal.wait(limit: 10, until: { $0.text.contains("LIKELY") }) else { continue }
      ours.append((EmulatedTerminal.now - start) * 1000)
      terminal.send("q")
      _ = terminal.waitForExit(limit: 2)
      peers.append(try kubectl(server) * 1000)
    }
    let change = try changes(server)
    let series = Series(ours)
    return [
      Figure(
        name: "first full picture of one cluster", goal: "<= 300 ms", ours: series.text("ms"),
        peer: "kubectl get of the same objects " + Series(peers).text("ms"),
        met: series.median <= 300),
      Figure(
        name: "from an object's change to the repainted cell", goal: "<= 100 ms",
        ours: change.text("ms"), peer: "-", met: change.median <= 100),
    ]
  }

  /// Seconds that kubectl needs for the kinds that a console lists.
  private func kubectl(_ server: FleetStandIn) throws -> Double {
    let kinds =
      "clusters.postgresql.cnpg.io,backups.postgresql.cnpg.io,scheduledbackups.postgresql.cnpg.io,"
      + "objectstores.barmancloud.cnpg.io,pods,persistentvolumeclaims,jobs"
    let done = try Command.run(
      "/usr/bin/env",
      ["kubectl", "--kubeconfig", server.kubeconfig, "get", kinds, "-A", "-o", "name"])
    return done.status == 0 ? done.seconds : .nan
  }

  /// Milliseconds from a change of the Cluster's phase until the screen names it.
  private func changes(_ server: FleetStandIn) throws -> Series {
    let terminal = try server.console(binary)
    guard terminal.wait(for: "LIKELY", limit: 10) else { return Series([]) }
    terminal.drain(quiet: 3, limit: 4)
    var values: [Double] = []
    for _ in 0..<20 {
      let switching = !terminal.screen.text.contains("hands over")
      server.server.send("touch team-00/db-0000\n")
      let start = EmulatedTerminal.now
      let shown = terminal.wait(limit: 5) {
        $0.text.contains("hands over") == switching
      }
      if shown { values.append((EmulatedTerminal.now - start) * 1000) }
      terminal.drain(quiet: 0.3, limit: 1)
    }
    terminal.send("q")
    _ = terminal.waitForExit(limit: 2)
    return Series(values)
  }

  // MARK: A fleet

  private static let size = 1000

  private func fleet() throws -> [Figure] {
    let server = try FleetStandIn(binary: standIn, clusters: Self.size, backups: 30)
    defer { server.stop() }
    let start = EmulatedTerminal.now
    let terminal = try server.console(binary)
    defer {
      terminal.send("q")
      _ = terminal.waitForExit(limit: 3)
    }
    let listed = terminal.wait(limit: 60) { Self.isListed($0.text) }
    let picture = EmulatedTerminal.now - start
    let told = terminal.wait(limit: 180) {
      $0.text.contains("? 0 UNKNOWN") && Self.isListed($0.text)
    }
    let all = EmulatedTerminal.now - start
    let rest = atRest(server, terminal)
    let back = recovery(server, terminal)
    return [
      Figure(
        name: "first full picture, 1,000 clusters x 30 backups", goal: "<= 3 s",
        ours: listed ? String(format: "%.1f s", picture) : "not within 60 s", peer: "-",
        met: listed && picture <= 3,
        note: told
          ? String(format: "every instance of the fleet had answered after %.0f s", all)
          : "not every instance had answered within 3 min"),
      Figure(
        name: "resident memory of that fleet, at its peak", goal: "<= 80 MiB",
        ours: String(format: "%.0f MiB", rest.peak / 1_048_576), peer: "-",
        met: rest.peak / 1_048_576 <= 80),
      Figure(
        name: "CPU at rest, 1,000 clusters", goal: "-", ours: String(format: "%.1f %%", rest.cpu),
        peer: "-", met: nil),
      Figure(
        name: "requests per minute at rest, 3,000 instances", goal: "<= 2 lists",
        ours: "\(rest.proxied) to instances, \(rest.lists) lists", peer: "-",
        met: rest.lists <= 2,
        note: "over five minutes; the instances of a fleet are asked in turns, those of an open "
          + "cluster each interval; the operator's Deployment and CronJobs are not watched"),
      Figure(
        name: "right again after the API server was gone for a minute", goal: "<= 5 s",
        ours: back.map { String(format: "%.1f s", $0) } ?? "not within 60 s", peer: "-",
        met: (back ?? .infinity) <= 5),
    ]
  }

  /// Every cluster is counted, and those on the screen know their base backups.
  private static func isListed(_ text: String) -> Bool {
    text.contains("\(size) clusters") && !text.contains("looking for")
      && text.split(separator: "\n").contains { $0.contains("db-") && $0.contains("3/3") }
  }

  /// Seconds that a fleet is watched at rest: every instance has had its turn by then.
  private static let rest = 300.0

  /// CPU in percent, bytes, and requests per minute.
  private func atRest(
    _ server: FleetStandIn, _ terminal: EmulatedTerminal
  ) -> (cpu: Double, peak: Double, proxied: Int, lists: Int) {
    terminal.drain(quiet: 10, limit: 10)
    _ = server.ask("forget", answer: "forget ")
    guard let before = ProcessUsage(pid: terminal.pid) else { return (.nan, .nan, 0, 0) }
    let start = EmulatedTerminal.now
    while EmulatedTerminal.now - start < Self.rest { terminal.read(timeout: 0.5) }
    let seconds = EmulatedTerminal.now - start
    guard let after = ProcessUsage(pid: terminal.pid) else { return (.nan, .nan, 0, 0) }
    let requests = server.requests()
    let proxied = requests.filter { $0.key.contains("proxy") }.values.reduce(0, +)
    let lists = requests.filter { $0.key.hasPrefix("list ") }.values.reduce(0, +)
    return (
      (after.cpuSeconds - before.cpuSeconds) / seconds * 100, after.peakBytes,
      Int(Double(proxied) / seconds * 60), Int(Double(lists) / seconds * 60)
    )
  }

  /// Seconds from the server's return until a change made then shows; nil when it does not within a minute.
  private func recovery(_ server: FleetStandIn, _ terminal: EmulatedTerminal) -> Double? {
    guard server.ask("stop", answer: "stop ") != nil else { return nil }
    let gone = EmulatedTerminal.now
    while EmulatedTerminal.now - gone < 60 { terminal.read(timeout: 0.5) }
    guard server.ask("resume", answer: "resume ") != nil else { return nil }
    let back = EmulatedTerminal.now
    server.server.send("touch team-00/db-0000\n")
    terminal.send("/")
    terminal.send("db-0000\r")
    let right = terminal.wait(limit: 60) {
      $0.text.contains("hands over") || $0.text.contains("switchover")
    }
    return right ? EmulatedTerminal.now - back : nil
  }
}

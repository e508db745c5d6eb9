import TestSupport
import Testing

@testable import Kubernetes
@testable import KubernetesStandIn
@testable import Transports

/// Port forwards as the real kubectl asks for them, and the frames that they are made of.
@Suite("Stand-in port forwards") struct PortForwardTests {
  private func server(tunnels: Bool = true) async throws -> StandIn {
    var options = StandIn.Options()
    options.tunnelsWebSockets = tunnels
    let standIn = try await StandIn.start(options)
    try standIn.seedCluster(namespace: "prod", name: "pg-main", backups: 300)
    return standIn
  }

  private func forwards(_ standIn: StandIn) -> [String] {
    standIn.requests.filter { $0.resource == "pods/portforward" }.map {
      "\($0.verb) \($0.status ?? 0)"
    }
  }

  /// Behind the pod's port is the server itself: what it answers is known, long and asked for in TLS.
  @Test(
    .enabled(if: Binary.kubectlIsInstalled, "not run: kubectl is not installed"),
    .timeLimit(.minutes(30)),
    arguments: [true, false])
  func bytesPassBothWaysOverManyConnections(tunnels: Bool) async throws {
    let standIn = try await server(tunnels: tunnels)
    defer { standIn.stop() }
    let itself = try #require(standIn.url.split(separator: ":").last.flatMap { UInt16($0) })
    standIn.listen(on: 5432, ofPod: "pg-main-1", namespace: "prod", at: itself)
    let list = Desk.backups.path(namespace: "prod")
    let plain = try await standIn.client().send("GET", list, deadline: 1800).body
    try await Forwarding(standIn, namespace: "prod", pod: "pg-main-1").run { port in
      let kubeconfig = standIn.directory + "/forwarded"
      let text = try standIn.kubeconfig().replacing(
        standIn.url, with: "https://127.0.0.1:\(port)")
      try writeFile(kubeconfig, text)
      try await withThrowingTaskGroup(of: [UInt8].self) { group in
        for _ in 0..<8 {
          let client = try StandIn.connection(kubeconfig: kubeconfig).client
          group.addTask { try await client.send("GET", list, deadline: 1800).body }
        }
        for try await body in group { #expect(body == plain) }
      }
    }
    #expect(plain.count > 100_000)
    let known = tunnels ? [["get 101"]] : [["get 400", "create 101"], ["create 101"]]
    #expect(known.contains(forwards(standIn)), "kubectl before 1.31 asks for no tunnel")
  }

  @Test(
    .enabled(if: Binary.kubectlIsInstalled, "not run: kubectl is not installed"),
    .timeLimit(.minutes(30)))
  func aPortThatNobodyListensOnIsRefusedInTheKubeletsWords() async throws {
    let standIn = try await server()
    defer { standIn.stop() }
    let ended = try await Forwarding(standIn, namespace: "prod", pod: "pg-main-1").knock()
    #expect(ended.status == 1)
    #expect(ended.errors.contains("connect: connection refused"), "\(ended.errors)")
  }

  /// As the real runtime does it: PostgreSQL agrees to TLS, and the end of that connection is the end of the tunnel.
  @Test(
    .enabled(if: Binary.kubectlIsInstalled, "not run: kubectl is not installed"),
    .timeLimit(.minutes(30)))
  func theFirstConnectionOverTLSThatClosesIsTheTunnelsEnd() async throws {
    let standIn = try await server()
    defer { standIn.stop() }
    let agreeing = try Agreeing()
    defer { agreeing.stop() }
    standIn.listen(on: 5432, ofPod: "pg-main-1", namespace: "prod", at: agreeing.port)
    let ended = try await Forwarding(standIn, namespace: "prod", pod: "pg-main-1").knock(
      sending: #"\0\0\0\010\004\322\026\057"#)
    #expect(ended.status == 1)
    #expect(ended.errors.contains("connection reset by peer"), "\(ended.errors)")
    #expect(ended.errors.contains("lost connection to pod"), "\(ended.errors)")
  }

  @Test(
    .enabled(if: Binary.kubectlIsInstalled, "not run: kubectl is not installed"),
    .timeLimit(.minutes(30)))
  func theRightIsAskedFor() async throws {
    let standIn = try await server()
    defer { standIn.stop() }
    standIn.add(User("looker", roles: [.reader()]))
    let forwarding = try Forwarding(standIn, namespace: "prod", pod: "pg-main-1", user: "looker")
    let ended = await #expect(throws: Forwarding.Ended.self) { try await forwarding.run { _ in } }
    #expect(ended?.status == 1)
    #expect(
      ended?.errors.contains("cannot create resource \"pods/portforward\"") == true,
      "\(ended?.errors ?? "")")
  }

  @Test func aRequestThatUpgradesToNothingIsRefused() async throws {
    let standIn = try await server()
    defer { standIn.stop() }
    let client = try standIn.client()
    let path = "/api/v1/namespaces/prod/pods/pg-main-1/portforward"
    #expect(try await client.ask("POST", path).status == 400)
    #expect(try await client.ask("POST", path.replacing("main-1", with: "none")).status == 404)
  }

  // MARK: Frames

  @Test func framesCutAnywhereComeOutWhole() throws {
    let frames: [SPDYFrame] = [
      .openStream(id: 1, headers: [1, 2, 3], isLast: true), .ping(id: 7),
      .data(id: 3, bytes: [9, 8], isLast: false), .data(id: 3, bytes: [], isLast: true),
      .streamReply(id: 1, headers: [4]), .resetStream(id: 3, status: 5), .goAway,
    ]
    var buffer: [UInt8] = []
    var found: [SPDYFrame] = []
    for byte in frames.flatMap(\.bytes) {
      buffer.append(byte)
      while let frame = try SPDYFrame.take(from: &buffer) { found.append(frame) }
    }
    #expect(found == frames)
    #expect(buffer == [])
  }

  @Test func anotherProtocolIsNoFrame() {
    var buffer: [UInt8] = [0x80, 2, 0, 1, 0, 0, 0, 0]
    #expect(throws: ConnectionEnded.self) { try SPDYFrame.take(from: &buffer) }
    buffer = [0x80, 3, 0, 1, 0, 0, 0, 0]
    #expect(throws: ConnectionEnded.self) { try SPDYFrame.take(from: &buffer) }
  }

  @Test func headersGoThroughOneStreamOfCompression() throws {
    let (one, other) = (try HeaderCodec(), try HeaderCodec())
    for number in 0..<3 {
      let headers = ["streamtype": "data", "port": "5432", "requestid": "\(number)"]
      #expect(try other.decode(one.encode(headers)[...]) == headers)
    }
    #expect(try other.decode(one.encode([:])[...]) == [:])
    #expect(throws: ConnectionEnded.self) { try other.decode([1, 2, 3, 4, 5, 6, 7, 8]) }
  }
}

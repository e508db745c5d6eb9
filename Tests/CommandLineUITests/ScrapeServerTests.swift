import Dispatch
import FoundationEssentials
import Glibc
import RecoveryModel
import TestSupport
import Testing

@testable import CommandLineUI

/// Over real sockets of this machine.
@Suite struct ScrapeServerTests {
  static func page() -> MetricsPage {
    let page = MetricsPage(version: "0", now: { Fixture.date })
    page.show(Fixture.fleet())
    return page
  }

  /// Runs `body` against a server that answers from `page`.
  static func serving(
    _ page: MetricsPage = page(), limits: ScrapeServer.Limits = .init(patience: 3600),
    _ body: (UInt16) async throws -> Void
  ) async throws {
    let address = try #require(ListenAddress("127.0.0.1:0"))
    let server = try ScrapeServer(address: address, limits: limits) { page.answer($0) }
    let serving = Task { await server.serve() }
    try await body(server.port)
    serving.cancel()
    await serving.value
  }

  /// A connected socket.
  static func connected(_ port: UInt16) -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    _ = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    return descriptor
  }

  static func send(_ text: String, to descriptor: Int32) {
    _ = text.withCString { Glibc.send(descriptor, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
  }

  /// All that comes until the other side closes.
  static func rest(of descriptor: Int32) async -> String {
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
          let count = read(descriptor, &chunk, chunk.count)
          guard count > 0 else { break }
          bytes += chunk[0..<count]
        }
        continuation.resume(returning: String(decoding: bytes, as: UTF8.self))
      }
    }
  }

  static func ask(_ request: String, port: UInt16) async -> String {
    let descriptor = connected(port)
    defer { close(descriptor) }
    send(request, to: descriptor)
    return await rest(of: descriptor)
  }

  @Test func metricsAndHealthAreServed() async throws {
    try await Self.serving { port in
      let metrics = await Self.ask("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", port: port)
      #expect(metrics.hasPrefix("HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4"))
      #expect(
        metrics.hasSuffix(
          MetricsDocument(
            fleet: Fixture.fleet(), version: "0", now: Fixture.date
          ).text))
      let health = await Self.ask("GET /healthz HTTP/1.1\r\n\r\n", port: port)
      #expect(health.hasSuffix("\r\n\r\nok\n"))
      let head = await Self.ask("HEAD /healthz HTTP/1.1\r\n\r\n", port: port)
      #expect(head.hasSuffix("\r\n\r\n") && head.contains("Content-Length: 3\r\n"))
    }
  }

  @Test(arguments: [
    ("GET /nothing HTTP/1.1\r\n\r\n", "404"), ("DELETE /metrics HTTP/1.1\r\n\r\n", "405"),
    ("nonsense\r\n\r\n", "400"),
  ])
  func whatIsNoScrapeIsRefused(request: String, status: String) async throws {
    try await Self.serving { port in
      let answer = await Self.ask(request, port: port)
      #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
    }
  }

  @Test func nothingIsClaimedBeforeTheFirstPicture() async throws {
    let empty = MetricsPage(version: "0", now: { Fixture.date })
    try await Self.serving(empty) { port in
      for path in ["/metrics", "/healthz"] {
        let answer = await Self.ask("GET \(path) HTTP/1.1\r\n\r\n", port: port)
        #expect(answer.hasPrefix("HTTP/1.1 503 "))
      }
    }
  }

  @Test func manyScrapesAtOnceAllGetTheirAnswer() async throws {
    try await Self.serving(limits: .init(connections: 8, patience: 3600)) { port in
      await withTaskGroup(of: String.self) { group in
        for _ in 0..<40 {
          group.addTask { await Self.ask("GET /metrics HTTP/1.1\r\n\r\n", port: port) }
        }
        for await answer in group { #expect(answer.contains("pgvigil_cluster_verdict")) }
      }
    }
  }

  @Test func aSilentScraperDelaysNobody() async throws {
    try await Self.serving { port in
      let silent = Self.connected(port)
      defer { close(silent) }
      Self.send("GET /met", to: silent)
      let answer = await Self.ask("GET /healthz HTTP/1.1\r\n\r\n", port: port)
      #expect(answer.hasSuffix("ok\n"))
    }
  }

  @Test func aSilentScraperIsCutOff() async throws {
    try await Self.serving(limits: .init(patience: 0.3)) { port in
      let silent = Self.connected(port)
      defer { close(silent) }
      Self.send("GET /met", to: silent)
      #expect(await Self.rest(of: silent).hasPrefix("HTTP/1.1 408 "))
    }
  }

  @Test func aTakenPortIsAnErrorWithItsReason() async throws {
    try await Self.serving { port in
      let address = try #require(ListenAddress("127.0.0.1:\(port)"))
      let error = #expect(throws: RecoveryError.self) {
        _ = try ScrapeServer(address: address) { _ in .refusal(404) }
      }
      #expect(error?.description.contains("Address already in use") == true)
    }
  }
}

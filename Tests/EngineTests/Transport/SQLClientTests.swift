import Glibc
import RecoveryModel
import Testing

@testable import Kubernetes
@testable import Transports

@Suite("PostgreSQL client") struct SQLClientTests {
  @Test func aServerThatAcceptsAndNeverAnswersCostsTheDeadlineOnly() async throws {
    let listener = try #require(SilentListener())
    let client = SQLClient.live(conninfo: [
      "host": "127.0.0.1", "port": String(listener.port), "sslmode": "disable",
    ])
    let clock = ContinuousClock()
    let start = clock.now
    let error = await failure { _ = try await client.query("SELECT 1", 0.3) }
    #expect(error?.code == .timedOut)
    #expect(clock.now - start >= .milliseconds(290))
  }

  @Test func nobodyListeningIsUnreachableAndHidesThePassword() async throws {
    let client = SQLClient.live(
      conninfo: ["host": "/nonexistent-s3cr3t", "port": "1"], password: Secret("s3cr3t"))
    let error = try #require(await failure { _ = try await client.query("SELECT 1", 5) })
    #expect(error.code == .unreachable)
    #expect(!error.message.contains("\"/nonexistent-s3cr3t"))
  }

  @Test func cancellingTheTaskEndsTheWait() async throws {
    let listener = try #require(SilentListener())
    let client = SQLClient.live(conninfo: [
      "host": "127.0.0.1", "port": String(listener.port), "sslmode": "disable",
    ])
    let task = Task { try await client.query("SELECT 1", 30) }
    task.cancel()
    let error = await failure { _ = try await task.value }
    #expect(error?.code == .cancelled)
  }

  @Test func threadsEndWithTheirClients() async throws {
    let before = threadCount()
    for _ in 0..<800 {
      let client = SQLClient.live(conninfo: ["host": "/nonexistent", "port": "1"])
      _ = await failure { _ = try await client.query("SELECT 1", 1) }
    }
    // Other suites in this process have threads of their own, for as long as they run: some hundred where servers
    // are played.
    var now = threadCount()
    for _ in 0..<3000 where now > before + 500 {
      try await Task.sleep(for: .milliseconds(10))
      now = threadCount()
    }
    #expect(now <= before + 500)
  }

  @Test(
    arguments: [
      (
        "connection to server at \"h\", port 15999 failed: FATAL:  28P01: password authentication failed",
        "28P01", RecoveryError.Code.denied
      ),
      (
        "connection to server on socket \"/x/.s.PGSQL.6001\" failed: FATAL:  57P03: the database system is starting up\nLOCATION:  x",
        "57P03", .unreachable
      ),
      ("connection to server at \"h\", port 1 failed: Connection refused", nil, .unreachable),
      ("fe_sendauth: no password supplied", nil, .denied),
    ] as [(String, String?, RecoveryError.Code)])
  func sortsServerMessages(text: String, state: String?, code: RecoveryError.Code) {
    let message = ServerMessage(text: text, secret: nil)
    #expect(message.sqlstate == state)
    #expect(message.connectError(target: "h").code == code)
  }

  @Test("the end of libpq's words tells: what leads up to it goes")
  func theEndIsKept() {
    let words = [
      "connection to server on socket \"/run/a/.s.PGSQL.5432\" failed: No such file or directory":
        "no connection to h: no socket there: No such file or directory",
      "connection to server at \"h\" (10.0.0.5), port 1 failed: Connection refused":
        "no connection to h: Connection refused",
      "connection to server at \"h\", port 1 failed: timeout expired":
        "no connection to h: timeout expired",
    ]
    for (text, expected) in words {
      #expect(
        ServerMessage(text: text, secret: nil).connectError(target: "h").message == expected)
    }
  }

  private func failure(_ body: () async throws -> Void) async -> RecoveryError? {
    do {
      try await body()
      return nil
    } catch { return error as? RecoveryError }
  }

  private func threadCount() -> Int {
    guard let directory = opendir("/proc/self/task") else { return 0 }
    defer { closedir(directory) }
    var count = 0
    while readdir(directory) != nil { count += 1 }
    return count
  }
}

/// A TCP port whose connections are accepted by the kernel and never answered.
final class SilentListener {
  let port: UInt16
  private let descriptor: Int32

  init?() {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        bind(descriptor, generic, length) == 0 && listen(descriptor, 8) == 0
          && getsockname(descriptor, generic, &length) == 0
      }
    }
    guard descriptor >= 0, bound else { return nil }
    port = UInt16(bigEndian: address.sin_port)
  }

  deinit { close(descriptor) }
}

import Glibc
import TestSupport
import Testing
import Transports

@testable import KubernetesStandIn

/// A real `kubectl port-forward` to port 5432 of a pod of the stand-in's.
struct Forwarding {
  let request: ProcessRequest

  init(_ standIn: StandIn, namespace: String, pod: String, user: String = "admin") throws {
    request = ProcessRequest(
      try #require(Binary.kubectl),
      [
        "--kubeconfig", try standIn.kubeconfigFile(user: user), "--cache-dir", standIn.directory,
        "-n", namespace, "port-forward", "--address", "127.0.0.1", "pod/" + pod, ":5432",
      ], deadline: 1800)
  }

  /// How kubectl ended by itself.
  struct Ended: Error {
    var status: Int32
    var errors: String
  }

  /// Runs `body` with the local port and then ends kubectl. Throws `Ended` when it opens none.
  func run<Value>(_ body: (UInt16) async throws -> Value) async throws -> Value {
    var errors = ""
    for try await event in ProcessRunner.live.stream(request) {
      switch event {
      case .started: break
      case .outputLine(let line):
        if let port = Self.port(line) { return try await body(port) }
      case .errorLine(let line): errors += line + "\n"
      case .exited(let status): throw Ended(status: status, errors: errors)
      }
    }
    throw Ended(status: -1, errors: errors)
  }

  /// Knocks once at the local port, and waits for kubectl to end by itself.
  /// `bytes` as printf writes them are said first.
  func knock(sending bytes: String = "") async throws -> Ended {
    var errors = ""
    for try await event in ProcessRunner.live.stream(request) {
      switch event {
      case .started: break
      case .outputLine(let line):
        guard let port = Self.port(line) else { break }
        _ = try await ProcessRunner.live.run(
          ProcessRequest(
            "bash", ["-c", "exec 3<>/dev/tcp/127.0.0.1/\(port); printf '\(bytes)' >&3; cat <&3"],
            deadline: 1800))
      case .errorLine(let line): errors += line + "\n"
      case .exited(let status): return Ended(status: status, errors: errors)
      }
    }
    throw Ended(status: -1, errors: errors)
  }

  private static func port(_ line: String) -> UInt16? {
    line.split(separator: " ").first { $0.hasPrefix("127.0.0.1:") }
      .flatMap { UInt16($0.dropFirst("127.0.0.1:".count)) }
  }
}

/// A server that agrees to TLS as PostgreSQL does, with one letter, and ends the connection.
final class Agreeing: Sendable {
  let port: UInt16
  private let descriptor: Int32

  init() throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        bind(descriptor, pointer, length) == 0 && listen(descriptor, 4) == 0
          && getsockname(descriptor, pointer, &length) == 0
      }
    }
    guard isBound else { throw StandInError("no free port") }
    port = UInt16(bigEndian: address.sin_port)
    Thread.start {
      while true {
        let peer = accept(descriptor, nil, nil)
        guard peer >= 0 else { return }
        var buffer = [UInt8](repeating: 0, count: 64)
        if recv(peer, &buffer, buffer.count, 0) > 0 {
          send(peer, [UInt8(ascii: "S")], 1, Int32(MSG_NOSIGNAL))
          usleep(50_000)
        }
        close(peer)
      }
    }
  }

  func stop() { shutdown(descriptor, Int32(SHUT_RDWR)) }
}

import Glibc
import Synchronization

/// Accepts on 127.0.0.1, one thread per connection; can go away and come back on the same port.
final class Listener: Sendable {
  let port: UInt16
  private let context: TLSContext
  private let serve: @Sendable (TLSConnection) -> Void
  private struct State {
    var socket: Int32?
    var connections: Set<Int32> = []
  }
  private let state = Mutex(State())

  /// Port 0 takes a free one. `serve` runs on the connection's own thread.
  init(
    port: UInt16, context: TLSContext, serve: @escaping @Sendable (TLSConnection) -> Void
  ) throws {
    self.context = context
    self.serve = serve
    let (socket, bound) = try Self.bind(port: port)
    self.port = bound
    state.withLock { $0.socket = socket }
    Thread.start { [weak self] in Self.accept(on: socket) { self?.take($0) } }
  }

  /// Refuses new connections and cuts the open ones, as a server that was killed.
  func stop() {
    state.withLock { state in
      if let socket = state.socket { shutdown(socket, Int32(SHUT_RDWR)) }
      state.socket = nil
      for descriptor in state.connections { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }
  }

  /// Cuts the open connections; new ones are welcome.
  func cutConnections() {
    state.withLock { state in
      for descriptor in state.connections { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }
  }

  /// Listens again on the same port. Throws when somebody else has taken it.
  func resume() throws {
    let isStopped = state.withLock { $0.socket == nil }
    guard isStopped else { return }
    let (socket, _) = try Self.bind(port: port)
    state.withLock { $0.socket = socket }
    Thread.start { [weak self] in Self.accept(on: socket) { self?.take($0) } }
  }

  private static func bind(port: UInt16) throws -> (Int32, UInt16) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var yes: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let failure = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        Glibc.bind(descriptor, pointer, length) != 0 || listen(descriptor, 512) != 0
          || getsockname(descriptor, pointer, &length) != 0
      }
    }
    guard !failure else {
      let reason = String(cString: strerror(errno))
      close(descriptor)
      throw StandInError("cannot listen on 127.0.0.1:\(port): \(reason)")
    }
    return (descriptor, UInt16(bigEndian: address.sin_port))
  }

  private static func accept(on socket: Int32, take: (Int32) -> Void) {
    while true {
      let descriptor = Glibc.accept(socket, nil, nil)
      if descriptor >= 0 {
        take(descriptor)
      } else if errno != EINTR && errno != ECONNABORTED {
        break
      }
    }
    close(socket)
  }

  private func take(_ descriptor: Int32) {
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    var yes: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, 4)
    let isWelcome = state.withLock { state in
      guard state.socket != nil else { return false }
      state.connections.insert(descriptor)
      return true
    }
    guard isWelcome else {
      close(descriptor)
      return
    }
    Thread.start { [self] in
      guard let connection = try? TLSConnection(accepting: descriptor, context: context) else {
        _ = state.withLock { $0.connections.remove(descriptor) }
        close(descriptor)
        return
      }
      connection.willClose = { [self] in
        _ = state.withLock { $0.connections.remove(descriptor) }
      }
      serve(connection)
      connection.end()
    }
  }
}

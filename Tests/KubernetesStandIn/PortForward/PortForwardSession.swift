import Glibc

/// One upgraded connection of a port forward: pairs of an error and a data stream, each pair a connection to the pod.
///
/// Runs on the connection's own thread until the peer goes.
final class PortForwardSession {
  fileprivate struct Pair {
    var errorStream: Int?
    var dataStream: Int?
    var port: UInt16
    var server: PodConnection?
  }

  private let pipe: any BytePipe
  /// Connects to a port of the pod. Throws `StandInError` with the reason.
  private let dial: (UInt16) throws -> PodConnection
  private let headers: HeaderCodec
  private var buffer: [UInt8] = []
  /// By `requestID`.
  private var pairs: [String: Pair] = [:]
  private var hasGone = false

  init(_ pipe: any BytePipe, dial: @escaping (UInt16) throws -> PodConnection) throws {
    self.pipe = pipe
    self.dial = dial
    headers = try HeaderCodec()
  }

  /// Returns when the peer says goodbye; throws `ConnectionEnded` when it goes without.
  func run() throws {
    defer { for pair in pairs.values { pair.server?.close() } }
    while !hasGone {
      let waiting = pairs.compactMap { id, pair in pair.server.map { (id, $0) } }
      let ready = wait(waiting.map(\.1))
      if ready.peer {
        buffer += try pipe.read()
        while let frame = try SPDYFrame.take(from: &buffer) { try obey(frame) }
      }
      for (index, (id, server)) in waiting.enumerated() where ready.servers.contains(index) {
        server.flush()
        try pass(from: server, of: id)
      }
    }
  }

  /// Blocks until the peer or a server has something to say, or room.
  private func wait(_ servers: [PodConnection]) -> (peer: Bool, servers: Set<Int>) {
    let hasPending = pipe.connection.hasPending
    var descriptors = [
      pollfd(fd: pipe.connection.descriptor, events: Int16(POLLIN), revents: 0)
    ]
    descriptors += servers.map { pollfd(fd: $0.descriptor, events: $0.events, revents: 0) }
    _ = poll(&descriptors, nfds_t(descriptors.count), hasPending ? 0 : -1)
    return (
      hasPending || descriptors[0].revents != 0,
      Set(servers.indices.filter { descriptors[$0 + 1].revents != 0 })
    )
  }

  private func send(_ frame: SPDYFrame) throws { try pipe.write(frame.bytes) }

  // MARK: The peer's frames

  private func obey(_ frame: SPDYFrame) throws {
    switch frame {
    case .openStream(let id, let block, _): try open(id, try headers.decode(block[...]))
    case .data(let id, let bytes, let isLast):
      pairs.first { $0.value.dataStream == id }?.value.server?.send(bytes, isLast: isLast)
    case .resetStream(let id, _):
      guard let (key, pair) = pairs.first(where: { $0.value.has(id) }) else { return }
      pair.server?.close()
      pairs[key] = nil
    case .ping(let id):
      // Ours would be even; the peer's is given back as it is.
      if id % 2 == 1 { try send(.ping(id: id)) }
    case .goAway: hasGone = true
    case .streamReply, .other: break
    }
  }

  private func open(_ id: Int, _ given: [String: String]) throws {
    guard let port = given["port"].flatMap({ UInt16($0) }), let type = given["streamtype"],
      type == "error" || type == "data"
    else { return try send(.resetStream(id: id, status: Self.protocolError)) }
    try send(.streamReply(id: id, headers: try headers.encode([:])))
    let key = given["requestid"] ?? "\(id)"
    var pair = pairs[key] ?? Pair(port: port)
    if type == "error" { pair.errorStream = id } else { pair.dataStream = id }
    pairs[key] = pair
    if pair.isWhole { try connect(key) }
  }

  private static let protocolError = 1

  private func connect(_ key: String) throws {
    guard let pair = pairs[key] else { return }
    do {
      pairs[key]?.server = try dial(pair.port)
    } catch let error as StandInError {
      let words = Self.failure(
        pair.port,
        "failed to connect to localhost:\(pair.port) inside namespace \"stand-in\", IPv4: dial tcp4 "
          + "127.0.0.1:\(pair.port): connect: \(error)")
      if let id = pair.errorStream {
        try send(.data(id: id, bytes: Array(words.utf8), isLast: false))
      }
      try end(key)
    }
  }

  // MARK: The pod's answers

  private func pass(from server: PodConnection, of key: String) throws {
    guard let id = pairs[key]?.dataStream, server.isOpen else { return }
    guard let bytes = server.receive() else {
      return server.isEncrypted ? try reset(key) : try end(key)
    }
    if !bytes.isEmpty { try send(.data(id: id, bytes: bytes, isLast: false)) }
  }

  /// A PostgreSQL backend that spoke TLS ends without reading the client's goodbye; the kernel answers that with a reset,
  /// the runtime tells it, and kubectl then gives up the whole tunnel.
  private func reset(_ key: String) throws {
    if let pair = pairs[key], let id = pair.errorStream {
      let words = Self.failure(
        pair.port,
        "read tcp4 127.0.0.1:40930->127.0.0.1:\(pair.port): read: connection reset by peer")
      try send(.data(id: id, bytes: Array(words.utf8), isLast: false))
    }
    try end(key)
  }

  /// As a kubelet with containerd words it.
  private static func failure(_ port: UInt16, _ words: String) -> String {
    "error forwarding port \(port) to pod stand-in, uid : failed to execute portforward in network "
      + "namespace \"/var/run/netns/stand-in\": \(words)"
  }

  /// Ends both streams of a pair, as a kubelet does when the copying is over.
  private func end(_ key: String) throws {
    guard let pair = pairs.removeValue(forKey: key) else { return }
    pair.server?.close()
    for id in [pair.errorStream, pair.dataStream].compactMap({ $0 }) {
      try send(.data(id: id, bytes: [], isLast: true))
    }
  }
}

extension PortForwardSession.Pair {
  fileprivate var isWhole: Bool { errorStream != nil && dataStream != nil }
  fileprivate func has(_ id: Int) -> Bool { errorStream == id || dataStream == id }
}

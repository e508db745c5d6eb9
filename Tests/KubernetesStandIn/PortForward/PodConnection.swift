import Glibc

/// A connection to the port of a pod, without blocking.
final class PodConnection {
  let descriptor: Int32
  private var outgoing: [UInt8] = []
  private var endsAfterOutgoing = false
  private(set) var isOpen = true
  /// The client asked PostgreSQL for TLS, and it agreed.
  private(set) var isEncrypted = false
  private var hasAsked = false

  /// `SSLRequest`: its length and its number.
  private static let request: [UInt8] = [0, 0, 0, 8, 4, 210, 22, 47]

  /// To a port of 127.0.0.1. Throws with what the kernel says.
  init(port: UInt16) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let isConnected = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        connect(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    guard isConnected else {
      let reason = String(cString: strerror(errno)).lowercased()
      close()
      throw StandInError(reason)
    }
    _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
  }

  deinit { close() }

  /// What `poll` is to wait for.
  var events: Int16 { Int16(outgoing.isEmpty ? POLLIN : POLLIN | POLLOUT) }

  /// Sends now what goes, and the rest when there is room.
  func send(_ bytes: [UInt8], isLast: Bool) {
    if bytes == Self.request { hasAsked = true }
    outgoing += bytes
    endsAfterOutgoing = endsAfterOutgoing || isLast
    flush()
  }

  func flush() {
    while isOpen, !outgoing.isEmpty {
      let count = Glibc.send(descriptor, outgoing, outgoing.count, Int32(MSG_NOSIGNAL))
      guard count > 0 else { break }
      outgoing.removeFirst(count)
    }
    if isOpen, outgoing.isEmpty, endsAfterOutgoing {
      endsAfterOutgoing = false
      shutdown(descriptor, Int32(SHUT_WR))
    }
  }

  /// What has come, perhaps nothing; nil when the server has ended it.
  func receive() -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 32_768)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    if count > 0 {
      if hasAsked, count == 1, buffer[0] == UInt8(ascii: "S") { isEncrypted = true }
      hasAsked = false
      return Array(buffer.prefix(count))
    }
    return count < 0 && (errno == EAGAIN || errno == EINTR) ? [] : nil
  }

  func close() {
    guard isOpen else { return }
    isOpen = false
    Glibc.close(descriptor)
  }
}

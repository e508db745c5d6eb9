import Glibc
import RecoveryModel

/// `ADDRESS:PORT`, `[::1]:9187`, or `:9187` for every interface.
struct ListenAddress: Equatable {
  /// nil = every interface.
  var host: String?
  var port: UInt16

  init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...])
    else { return nil }
    var host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = String(host.dropFirst().dropLast())
    } else if host.contains(":") {
      return nil
    }
    self.host = host.isEmpty || host == "*" ? nil : host
    self.port = port
  }

  /// A listening socket that does not block. Throws `.failed` with the system's own reason.
  func open() throws(RecoveryError) -> Int32 {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_PASSIVE
    var found: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, "\(port)", &hints, &found)
    defer { freeaddrinfo(found) }
    guard code == 0, found != nil else {
      throw RecoveryError(.invalid, "\(title): \(String(cString: gai_strerror(code)))")
    }
    var reason = "no address to listen on"
    // IPv6 takes IPv4 along; where there is none, the next one is tried.
    let candidates = sequence(first: found) { $0?.pointee.ai_next }.prefix { $0 != nil }
      .compactMap { $0?.pointee }.sorted { $0.ai_family > $1.ai_family }
    for candidate in candidates {
      let descriptor = socket(
        candidate.ai_family, candidate.ai_socktype | Self.flags, candidate.ai_protocol)
      guard descriptor >= 0 else { continue }
      var on: Int32 = 1
      setsockopt(
        descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
      if bind(descriptor, candidate.ai_addr, candidate.ai_addrlen) == 0,
        listen(descriptor, 128) == 0
      {
        return descriptor
      }
      reason = String(cString: strerror(errno))
      close(descriptor)
    }
    throw RecoveryError(.failed, "cannot listen on \(title): \(reason)")
  }

  var title: String { "\(host.map { $0.contains(":") ? "[\($0)]" : $0 } ?? "*"):\(port)" }

  private static let flags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)

  /// The port that a socket really got.
  static func port(of descriptor: Int32) -> UInt16 {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let code = withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        getsockname(descriptor, $0, &length)
      }
    }
    guard code == 0 else { return 0 }
    // The port stands at the same place in both families.
    return withUnsafeBytes(of: storage) { bytes in
      UInt16(bytes[2]) << 8 | UInt16(bytes[3])
    }
  }
}

import Glibc
import RecoveryModel
import Transports

extension ServerAddress {
  /// The server runs on this very host, as its address says; a service's file is not looked into.
  package var isOnThisHost: Bool {
    guard conninfo["service"] == nil else { return false }
    guard let host = conninfo["hostaddr"] ?? conninfo["host"], !host.isEmpty else { return true }
    return Self.isThisHost(host)
  }

  /// Of an address or a name: a socket's directory, the loopback, or this host's own name.
  package static func isThisHost(_ host: String) -> Bool {
    if host.hasPrefix("/") || host.hasPrefix("@") || host.hasPrefix("127.") { return true }
    let name = host.lowercased()
    return ["localhost", "::1", "[::1]"].contains(name)
      || name == ownName || name.hasPrefix(ownName + ".")
  }

  private static let ownName: String = {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
    let name = buffer.withUnsafeBufferPointer { pointer in
      pointer.baseAddress.map { String(cString: $0) } ?? "localhost"
    }
    return name.lowercased()
  }()
}

extension OptionReader {
  /// `shared_place: accepted`.
  package func acceptsSharedPlace() throws(RecoveryError) -> Bool {
    guard let text = try text("shared_place") else { return false }
    guard text == "accepted" else {
      throw invalid("shared_place", .expected("accepted", found: text))
    }
    return true
  }
}

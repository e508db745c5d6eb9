import COpenSSL
import Glibc

/// What went wrong below HTTP.
package struct StandInError: Error, CustomStringConvertible {
  package var description: String
  package init(_ description: String) { self.description = description }
}

/// The server's side of TLS 1.2 and 1.3. Unchecked: an SSL_CTX may be shared by threads once it is set up.
final class TLSContext: @unchecked Sendable {
  let pointer: OpaquePointer

  /// PEM files: the server's certificate and key, and the authority whose client certificates count.
  init(certificate: String, key: String, clientAuthority: String) throws {
    guard let made = SSL_CTX_new(TLS_server_method()) else {
      throw StandInError("no TLS context")
    }
    pointer = made
    tls_allow_from_1_2(pointer)
    guard tls_use_pem_files(pointer, certificate, key) == 1 else {
      throw StandInError("cannot read \(certificate) and \(key)")
    }
    guard SSL_CTX_load_verify_locations(pointer, clientAuthority, nil) == 1 else {
      throw StandInError("cannot read \(clientAuthority)")
    }
    SSL_CTX_set_client_CA_list(pointer, SSL_load_client_CA_file(clientAuthority))
    tls_ask_for_certificate(pointer)
  }

  deinit { SSL_CTX_free(pointer) }
}

/// Who a client certificate says it is: CN is the user, O are the groups.
struct ClientCertificate: Sendable, Equatable {
  var name: String
  var groups: [String]
  /// Signed by our authority and not expired.
  var isVerified: Bool
}

/// The peer is gone, or we cut the connection ourselves.
struct ConnectionEnded: Error {}

/// One connection; used by the thread that serves it, and shut down by others through its descriptor.
final class TLSConnection {
  let descriptor: Int32
  let clientCertificate: ClientCertificate?
  private let tls: OpaquePointer
  private var isOpen = true

  /// Shakes hands; blocks. Throws when the peer does not speak TLS or does not trust us; `descriptor` is
  /// then still open.
  init(accepting descriptor: Int32, context: TLSContext) throws {
    self.descriptor = descriptor
    guard let tls = SSL_new(context.pointer) else { throw ConnectionEnded() }
    self.tls = tls
    SSL_set_fd(tls, descriptor)
    guard SSL_accept(tls) == 1 else {
      ERR_clear_error()
      SSL_free(tls)
      throw ConnectionEnded()
    }
    clientCertificate = Self.certificate(of: tls)
  }

  deinit { end() }

  private static func certificate(of tls: OpaquePointer) -> ClientCertificate? {
    guard tls_peer_has_certificate(tls) == 1 else { return nil }
    func entries(_ nid: Int32) -> [String] {
      var found: [String] = []
      var buffer = [CChar](repeating: 0, count: 512)
      while true {
        let length = tls_peer_subject(tls, nid, Int32(found.count), &buffer, 512)
        guard length >= 0 else { return found }
        found.append(
          String(decoding: buffer.prefix(Int(length)).map { UInt8(bitPattern: $0) }, as: UTF8.self))
      }
    }
    return ClientCertificate(
      name: entries(tls_common_name()).first ?? "", groups: entries(tls_organization()),
      isVerified: tls_peer_is_verified(tls) == 1)
  }

  /// What has come, at least one byte; blocks. Throws `ConnectionEnded`.
  func read() throws -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 16_384)
    ERR_clear_error()
    let count = SSL_read(tls, &buffer, Int32(buffer.count))
    guard count > 0 else { throw ConnectionEnded() }
    return Array(buffer.prefix(Int(count)))
  }

  /// Sends everything; blocks while the peer does not read. Throws `ConnectionEnded`.
  func write(_ bytes: ArraySlice<UInt8>) throws {
    guard isOpen else { throw ConnectionEnded() }
    try bytes.withUnsafeBytes { buffer in
      var sent = 0
      while sent < buffer.count {
        let count = min(buffer.count - sent, 1 << 20)
        ERR_clear_error()
        let written = SSL_write(tls, buffer.baseAddress?.advanced(by: sent), Int32(count))
        guard written > 0 else { throw ConnectionEnded() }
        sent += Int(written)
      }
    }
  }

  /// Something has been read from the descriptor that `read` has not given yet.
  var hasPending: Bool { SSL_pending(tls) > 0 }

  /// Waits until the peer sends or goes, `wake` has something to read, or time is up; true for the peer.
  func waitForPeer(orWake wake: Int32, seconds: Double) -> Bool {
    if hasPending { return true }
    var descriptors = [
      pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
    ]
    _ = poll(&descriptors, 2, Int32(min(max(0, seconds * 1000), 3_600_000)))
    return descriptors[0].revents != 0
  }

  /// Ends the connection as a peer that crashed does: RST, nothing said in TLS.
  func reset() {
    guard isOpen else { return }
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
    release()
  }

  /// Ends it with FIN but without TLS's goodbye: what was being sent is torn.
  func tear() {
    guard isOpen else { return }
    release()
  }

  /// Ends it properly.
  func end() {
    guard isOpen else { return }
    SSL_shutdown(tls)
    ERR_clear_error()
    release()
  }

  /// Called just before the descriptor's number becomes free for others.
  var willClose: (() -> Void)?

  private func release() {
    isOpen = false
    willClose?()
    SSL_free(tls)
    close(descriptor)
  }
}

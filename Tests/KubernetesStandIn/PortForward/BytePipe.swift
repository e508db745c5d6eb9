import COpenSSL

/// What SPDY frames go through: the upgraded connection itself, or a WebSocket in it.
protocol BytePipe: AnyObject {
  var connection: TLSConnection { get }
  /// What has come, perhaps nothing yet; blocks until something did. Throws `ConnectionEnded`.
  func read() throws -> [UInt8]
  /// Sends everything. Throws `ConnectionEnded`.
  func write(_ bytes: [UInt8]) throws
}

/// The connection itself, as it is after `Upgrade: SPDY/3.1`.
final class PlainPipe: BytePipe {
  let connection: TLSConnection
  init(_ connection: TLSConnection) { self.connection = connection }

  func read() throws -> [UInt8] { try connection.read() }
  func write(_ bytes: [UInt8]) throws { try connection.write(bytes[...]) }
}

/// A WebSocket whose binary messages are the bytes (RFC 6455), as kubectl tunnels SPDY since 1.31.
final class WebSocketPipe: BytePipe {
  let connection: TLSConnection
  private var buffer: [UInt8] = []

  private enum Code {
    static let continuation: UInt8 = 0
    static let binary: UInt8 = 2
    static let close: UInt8 = 8
    static let ping: UInt8 = 9
    static let pong: UInt8 = 10
  }

  init(_ connection: TLSConnection) { self.connection = connection }

  /// `Sec-WebSocket-Accept` for a client's `Sec-WebSocket-Key`.
  static func accept(_ key: String) -> String {
    let text = Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)
    var digest = [UInt8](repeating: 0, count: 20)
    SHA1(text, text.count, &digest)
    return Base64.encode(digest)
  }

  func read() throws -> [UInt8] {
    buffer += try connection.read()
    var bytes: [UInt8] = []
    while let (code, payload) = takeFrame() {
      switch code {
      case Code.binary, Code.continuation: bytes += payload
      case Code.ping: try send(Code.pong, payload)
      case Code.close: throw ConnectionEnded()
      default: break
      }
    }
    return bytes
  }

  func write(_ bytes: [UInt8]) throws { try send(Code.binary, bytes) }

  /// The next whole frame, unmasked.
  private func takeFrame() -> (code: UInt8, payload: [UInt8])? {
    guard buffer.count >= 2 else { return nil }
    let isMasked = buffer[1] & 0x80 != 0
    var length = Int(buffer[1] & 0x7F)
    let wide = length == 126 ? 2 : length == 127 ? 8 : 0
    let head = 2 + wide + (isMasked ? 4 : 0)
    guard buffer.count >= head else { return nil }
    if wide > 0 { length = buffer[2..<2 + wide].reduce(0) { $0 << 8 | Int($1) } }
    guard buffer.count - head >= length else { return nil }
    defer { buffer.removeFirst(head + length) }
    let mask = isMasked ? Array(buffer[head - 4..<head]) : [0, 0, 0, 0]
    let payload = buffer[head..<head + length].enumerated().map { $1 ^ mask[$0 & 3] }
    return (buffer[0] & 0x0F, payload)
  }

  private func send(_ code: UInt8, _ payload: [UInt8]) throws {
    var frame: [UInt8] = [0x80 | code]
    if payload.count < 126 {
      frame.append(UInt8(payload.count))
    } else {
      frame += [127] + HeaderCodec.number(0) + HeaderCodec.number(payload.count)
    }
    try connection.write((frame + payload)[...])
  }
}

/// A frame of SPDY/3.1, as far as streams of a port forward need them.
enum SPDYFrame: Equatable {
  /// `headers` are still compressed.
  case openStream(id: Int, headers: [UInt8], isLast: Bool)
  case streamReply(id: Int, headers: [UInt8])
  case resetStream(id: Int, status: Int)
  case ping(id: Int)
  case goAway
  case data(id: Int, bytes: [UInt8], isLast: Bool)
  /// SETTINGS, HEADERS, WINDOW_UPDATE: nothing that asks for an answer. Neither the kubelet nor kubectl keeps flow
  /// control windows.
  case other

  private static let headLength = 8
  private static let lastFlag: UInt8 = 1

  /// Takes the next whole frame off the front of `buffer`; nil when there is none yet. Throws `ConnectionEnded` for what
  /// is no SPDY/3.
  static func take(from buffer: inout [UInt8]) throws -> SPDYFrame? {
    guard buffer.count >= headLength else { return nil }
    let length = number(buffer[5..<8])
    guard buffer.count >= headLength + length else { return nil }
    defer { buffer.removeFirst(headLength + length) }
    let body = buffer[headLength..<headLength + length]
    let isLast = buffer[4] & lastFlag != 0
    guard buffer[0] & 0x80 != 0 else {
      return .data(id: number(buffer[0..<4]), bytes: Array(body), isLast: isLast)
    }
    guard number(buffer[0..<2]) & 0x7FFF == 3 else { throw ConnectionEnded() }
    return try control(type: number(buffer[2..<4]), body, isLast: isLast)
  }

  private static func control(
    type: Int, _ body: ArraySlice<UInt8>, isLast: Bool
  ) throws -> SPDYFrame {
    func field(_ index: Int) throws -> Int {
      guard body.count >= 4 * (index + 1) else { throw ConnectionEnded() }
      return number(body.dropFirst(4 * index).prefix(4)) & 0x7FFF_FFFF
    }
    switch type {
    case 1:
      // Stream, associated stream, priority and slot, headers.
      return .openStream(id: try field(0), headers: Array(body.dropFirst(10)), isLast: isLast)
    case 2: return .streamReply(id: try field(0), headers: Array(body.dropFirst(4)))
    case 3: return .resetStream(id: try field(0), status: try field(1))
    case 6: return .ping(id: try field(0))
    case 7: return .goAway
    default: return .other
    }
  }

  /// As it goes over the wire.
  var bytes: [UInt8] {
    switch self {
    case .openStream(let id, let headers, let isLast):
      Self.control(
        1, HeaderCodec.number(id) + HeaderCodec.number(0) + [0, 0] + headers, isLast: isLast)
    case .streamReply(let id, let headers): Self.control(2, HeaderCodec.number(id) + headers)
    case .resetStream(let id, let status):
      Self.control(3, HeaderCodec.number(id) + HeaderCodec.number(status))
    case .ping(let id): Self.control(6, HeaderCodec.number(id))
    case .goAway: Self.control(7, HeaderCodec.number(0) + HeaderCodec.number(0))
    case .data(let id, let bytes, let isLast):
      HeaderCodec.number(id) + Self.tail(bytes, isLast: isLast)
    case .other: []
    }
  }

  private static func control(_ type: UInt8, _ body: [UInt8], isLast: Bool = false) -> [UInt8] {
    [0x80, 3, 0, type] + tail(body, isLast: isLast)
  }

  /// Flags, three bytes of length, body.
  private static func tail(_ body: [UInt8], isLast: Bool) -> [UInt8] {
    [isLast ? lastFlag : 0] + HeaderCodec.number(body.count).dropFirst() + body
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.reduce(0) { $0 << 8 | Int($1) }
  }
}

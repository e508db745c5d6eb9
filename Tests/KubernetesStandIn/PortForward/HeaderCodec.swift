import CZlib

/// The headers of SPDY/3 streams: names and values, compressed with one zlib stream per direction for as long as the
/// connection lives.
final class HeaderCodec {
  // zlib keeps the address of its stream: it must not move.
  private let deflater = HeaderCodec.stream()
  private let inflater = HeaderCodec.stream()
  private static let longest = 64 << 10

  /// Throws where zlib has no memory.
  init() throws {
    let status = Self.dictionary.withUnsafeBufferPointer { words in
      zlib_deflate_init(deflater) | zlib_inflate_init(inflater)
        | deflateSetDictionary(deflater, words.baseAddress, uInt(words.count))
    }
    guard status == Z_OK else { throw StandInError("zlib does not start") }
  }

  deinit {
    deflateEnd(deflater)
    inflateEnd(inflater)
    deflater.deallocate()
    inflater.deallocate()
  }

  private static func stream() -> UnsafeMutablePointer<z_stream> {
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    return stream
  }

  // MARK: Blocks

  /// Names come out in lower case. Throws `ConnectionEnded` for what is none.
  func decode(_ block: ArraySlice<UInt8>) throws -> [String: String] {
    var rest = try inflated(block)[...]
    func number() throws -> Int {
      guard rest.count >= 4 else { throw ConnectionEnded() }
      defer { rest = rest.dropFirst(4) }
      return rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    }
    func text() throws -> String {
      let length = try number()
      guard rest.count >= length else { throw ConnectionEnded() }
      defer { rest = rest.dropFirst(length) }
      return String(decoding: rest.prefix(length), as: UTF8.self)
    }
    var headers: [String: String] = [:]
    for _ in 0..<(try number()) {
      let name = try text()
      headers[name.lowercased()] = try text()
    }
    return headers
  }

  func encode(_ headers: [String: String]) throws -> [UInt8] {
    var plain = Self.number(headers.count)
    for (name, value) in headers {
      for text in [name, value] { plain += Self.number(text.utf8.count) + Array(text.utf8) }
    }
    var bytes: [UInt8] = []
    try pump(deflater, plain[...], into: &bytes) { deflate($0, Z_SYNC_FLUSH) }
    return bytes
  }

  static func number(_ value: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  private func inflated(_ block: ArraySlice<UInt8>) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try pump(inflater, block, into: &bytes) { stream in
      let status = inflate(stream, Z_SYNC_FLUSH)
      guard status == Z_NEED_DICT else { return status }
      let set = Self.dictionary.withUnsafeBufferPointer {
        inflateSetDictionary(stream, $0.baseAddress, uInt($0.count))
      }
      return set == Z_OK ? inflate(stream, Z_SYNC_FLUSH) : set
    }
    return bytes
  }

  /// Runs a zlib stream until it has taken `input` and given everything for it.
  private func pump(
    _ stream: UnsafeMutablePointer<z_stream>, _ input: ArraySlice<UInt8>, into bytes: inout [UInt8],
    _ step: (UnsafeMutablePointer<z_stream>) -> Int32
  ) throws {
    var input = Array(input)
    var chunk = [UInt8](repeating: 0, count: 4096)
    try input.withUnsafeMutableBufferPointer { input in
      stream.pointee.next_in = input.baseAddress
      stream.pointee.avail_in = uInt(input.count)
      repeat {
        let status = chunk.withUnsafeMutableBufferPointer { chunk in
          stream.pointee.next_out = chunk.baseAddress
          stream.pointee.avail_out = uInt(chunk.count)
          return step(stream)
        }
        // Z_BUF_ERROR: the chunk before was filled to its last byte, and there is no more.
        guard status == Z_OK || status == Z_BUF_ERROR, bytes.count < Self.longest else {
          throw ConnectionEnded()
        }
        bytes += chunk.dropLast(Int(stream.pointee.avail_out))
      } while stream.pointee.avail_out == 0
    }
  }

  // MARK: Dictionary

  /// SPDY/3, section 2.6.10.1: words with their lengths, then text.
  private static let dictionary: [UInt8] = {
    let words = lengthened.split(separator: " ").map(String.init)
    let all = words.flatMap { $0 == "status" ? [$0, "200 OK"] : [$0] }
    return all.flatMap { number($0.utf8.count) + Array($0.utf8) } + Array(text.utf8)
  }()

  private static let lengthened = """
    options head post put delete trace accept accept-charset accept-encoding accept-language \
    accept-ranges age allow authorization cache-control connection content-base content-encoding \
    content-language content-length content-location content-md5 content-range content-type date \
    etag expect expires from host if-match if-modified-since if-none-match if-range \
    if-unmodified-since last-modified location max-forwards pragma proxy-authenticate \
    proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade \
    user-agent vary via warning www-authenticate method get status version HTTP/1.1 url public \
    set-cookie keep-alive origin
    """

  private static let text = """
    10010120120220520630030230330430530630740240540640740840941041141241341441541641750250450520\
    3 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unautho\
    rized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service Unava\
    ilableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat\
    , Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+\
    xml,text/plain,text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=is\
    o-8859-1,utf-,*,enq=0.
    """
}

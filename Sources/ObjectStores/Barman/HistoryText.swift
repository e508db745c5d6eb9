import CZlib
import RecoveryModel

/// The text of a timeline's history file, which is compressed as the segments are.
enum HistoryText {
  static func text(
    _ bytes: [UInt8], _ compression: BarmanCompression
  ) throws(RecoveryError) -> String {
    switch compression {
    case .none: return String(decoding: bytes, as: UTF8.self)
    case .gzip:
      guard let plain = gunzipped(bytes) else {
        throw RecoveryError(.failed, "it is not what its name says: gzip cannot read it")
      }
      return String(decoding: plain, as: UTF8.self)
    case .bzip2, .lz4, .snappy, .xz, .zstandard:
      throw RecoveryError(.refused, "\(compression.words) is not read here")
    }
  }

  /// A history has a line per promotion; more is none.
  private static let mostBytes = 1 << 20

  private static func gunzipped(_ bytes: [UInt8]) -> [UInt8]? {
    var stream = z_stream()
    guard zlib_gunzip_init(&stream) == Z_OK else { return nil }
    defer { inflateEnd(&stream) }
    var input = bytes
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16_384)
    return input.withUnsafeMutableBufferPointer { input in
      stream.next_in = input.baseAddress
      stream.avail_in = UInt32(input.count)
      while output.count <= mostBytes {
        let status = buffer.withUnsafeMutableBufferPointer { buffer in
          stream.next_out = buffer.baseAddress
          stream.avail_out = UInt32(buffer.count)
          return inflate(&stream, Z_NO_FLUSH)
        }
        output += buffer[..<(buffer.count - Int(stream.avail_out))]
        if status == Z_STREAM_END { return output }
        guard status == Z_OK, stream.avail_in > 0 || stream.avail_out == 0 else { return nil }
      }
      return nil
    }
  }
}

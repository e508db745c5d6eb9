/// JSON text with places to fill in, cut once and filled many times.
struct TextTemplate: Sendable {
  private enum Piece: Sendable {
    case text([UInt8])
    case value(String)
  }
  private var pieces: [Piece] = []

  /// Places look like `@NAME@`.
  init(_ tree: JSONValue) {
    for (index, part) in tree.text.split(separator: "@", omittingEmptySubsequences: false)
      .enumerated()
    {
      pieces.append(index % 2 == 0 ? .text(Array(part.utf8)) : .value(String(part)))
    }
  }

  /// A place without a value stays empty.
  func filled(_ values: [String: String]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8192)
    for piece in pieces {
      switch piece {
      case .text(let text): bytes += text
      case .value(let name): bytes += (values[name] ?? "").utf8
      }
    }
    return bytes
  }
}

/// How Barman compresses, as the end of a name tells it.
package enum BarmanCompression: String, Sendable, CaseIterable {
  case none = ""
  case bzip2 = ".bz2"
  case gzip = ".gz"
  case lz4 = ".lz4"
  case snappy = ".snappy"
  case xz = ".xz"
  case zstandard = ".zst"

  /// As people call it.
  package var words: String {
    switch self {
    case .none: "none"
    case .bzip2: "bzip2"
    case .gzip: "gzip"
    case .lz4: "lz4"
    case .snappy: "snappy"
    case .xz: "xz"
    case .zstandard: "zstd"
    }
  }

  /// The suffix off the end of a name. One only: more is not Barman's.
  static func split(_ name: Substring) -> (name: Substring, compression: BarmanCompression) {
    for compression in allCases.dropFirst() where name.hasSuffix(compression.rawValue) {
      return (name.dropLast(compression.rawValue.count), compression)
    }
    return (name, .none)
  }
}

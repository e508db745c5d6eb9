/// Sizes, read as people and as PostgreSQL spell them.
package enum ByteSize {
  private static let units: [String: Double] = [
    "B": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
    "K": 0x1p10, "M": 0x1p20, "G": 0x1p30, "T": 0x1p40,
    "KiB": 0x1p10, "MiB": 0x1p20, "GiB": 0x1p30, "TiB": 0x1p40,
  ]

  /// `500MB`, `1.5 GiB`; nil for what is no size above nothing, as a bare number: nobody knows what it means.
  package static func bytes(_ text: String) -> Double? {
    let digits = text.prefix { $0.isNumber || $0 == "." }
    guard let number = Double(digits), number > 0 else { return nil }
    return units[text.dropFirst(digits.count).trimmed].map { $0 * number }
  }

  /// PostgreSQL's units of memory: `128MB`, `1GB`, plain = 8 KiB blocks; nil for anything else.
  package static func setting(_ text: String) -> Int64? {
    let units: [(String, Int64)] = [
      ("kB", 1 << 10), ("MB", 1 << 20), ("GB", 1 << 30), ("TB", 1 << 40), ("", 8192),
    ]
    let text = text.trimmed
    for (suffix, size) in units where text.hasSuffix(suffix) {
      // No server can have more.
      guard let count = Int64(text.dropLast(suffix.count).trimmed), count >= 0,
        count < (1 << 60) / size
      else { continue }
      return count * size
    }
    return nil
  }
}

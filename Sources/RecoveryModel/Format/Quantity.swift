/// Sizes as Kubernetes writes them: `10Gi`, `500M`, `1e9`, `128974848`.
package enum Quantity {
  private static let suffixes: [(String, Double)] = [
    ("Ki", 1024), ("Mi", 1_048_576), ("Gi", 1_073_741_824), ("Ti", 1_099_511_627_776),
    ("Pi", 1_125_899_906_842_624), ("m", 1e-3), ("k", 1e3), ("M", 1e6), ("G", 1e9), ("T", 1e12),
    ("P", 1e15),
  ]

  /// Bytes; nil when it is no size.
  package static func bytes(_ text: String?) -> Int64? { value(text).map { Int64($0) } }

  /// Of any unit, as processors in `250m`; nil when it is none.
  package static func value(_ text: String?) -> Double? {
    guard let text else { return nil }
    for (suffix, factor) in suffixes where text.hasSuffix(suffix) {
      return number(text.dropLast(suffix.count), times: factor)
    }
    return number(text[...], times: 1)
  }

  private static func number(_ text: Substring, times factor: Double) -> Double? {
    guard !text.isEmpty, text.allSatisfy({ ("0"..."9").contains($0) || $0 == "." || $0 == "e" }),
      let value = Double(text), value * factor < 9e18
    else { return nil }
    return value * factor
  }
}

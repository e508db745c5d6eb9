import FoundationEssentials

/// Base64, with or without padding, in either alphabet when read.
enum Base64 {
  static func encode(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

  static func decode(_ text: String) -> [UInt8]? {
    var plain = String(text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
    while plain.utf8.count % 4 != 0 { plain += "=" }
    return Data(base64Encoded: plain).map { Array($0) }
  }
}

/// Now, as Kubernetes writes it: RFC 3339 in UTC, whole seconds.
func timestampNow() -> String { timestamp(Date()) }

func timestamp(_ date: Date) -> String { date.formatted(.iso8601) }

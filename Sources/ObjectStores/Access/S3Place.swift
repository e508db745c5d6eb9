import RecoveryModel

/// A bucket and how it is spoken to.
package struct S3Place: Sendable, Equatable {
  /// Whether the bucket's name stands in the path or before the host.
  package enum Addressing: String, Sendable { case path, host }

  /// `https://fsn1.your-objectstorage.com`, without a slash at its end.
  package var endpoint: String
  package var bucket: String
  package var addressing: Addressing
  /// How its addresses begin where people write them: `s3`, `gs`.
  package var scheme = "s3"

  /// `endpoint` nil = Amazon's own of that region.
  package init(bucket: String, endpoint: String?, region: String, addressing: Addressing?) {
    var text = endpoint ?? "https://s3.\(region).amazonaws.com"
    if !text.contains("://") { text = "https://" + text }
    while text.hasSuffix("/") { text.removeLast() }
    self.endpoint = text
    self.bucket = bucket
    // A dot in the name would not fit the host's certificate; what is not Amazon's seldom has a name per bucket.
    let ownHost = Self.isAmazon(text) && !bucket.contains(".")
    self.addressing = addressing ?? (ownHost ? .host : .path)
  }

  static func isAmazon(_ endpoint: String) -> Bool {
    let host = endpoint.drop { $0 != "/" }.drop { $0 == "/" }.prefix { $0 != "/" && $0 != ":" }
    return host.hasSuffix(".amazonaws.com") || host.hasSuffix(".amazonaws.com.cn")
  }

  /// Amazon's own endpoint of another region; others have one for all.
  func moved(to region: String) -> S3Place {
    let parts = endpoint.split(separator: ".")
    guard Self.isAmazon(endpoint), parts.count == 4, parts[0].hasSuffix("/s3") else { return self }
    var place = self
    place.endpoint = "\(parts[0]).\(region).amazonaws.com"
    return place
  }

  /// `query`: names and values, unencoded.
  package func url(key: String = "", query: [(String, String)] = []) -> String {
    var url = endpoint
    switch addressing {
    case .path: url += "/" + Percent.encoded(bucket) + (key.isEmpty ? "" : "/")
    case .host:
      if let scheme = url.firstRange(of: "://") {
        url.insert(contentsOf: bucket + ".", at: scheme.upperBound)
      }
      url += "/"
    }
    url += Percent.encoded(key, keeping: "/")
    guard !query.isEmpty else { return url }
    // Sorted by encoded name, every name with an equals sign: as the signature wants them.
    let pairs = query.map { (Percent.encoded($0.0), Percent.encoded($0.1)) }.sorted { $0.0 < $1.0 }
    return url + "?" + pairs.map { "\($0.0)=\($0.1)" }.joined(separator: "&")
  }

  /// `s3://bucket/prefix`, for people.
  package func words(_ prefix: String = "") -> String { "\(scheme)://\(bucket)/\(prefix)" }
}

/// Percent-encoding as AWS wants it: all but the unreserved (RFC 3986).
package enum Percent {
  package static func encoded(_ text: String, keeping kept: String = "") -> String {
    let kept = Array(kept.utf8)
    var result: [UInt8] = []
    result.reserveCapacity(text.utf8.count)
    for byte in text.utf8 {
      switch byte {
      case 48...57, 65...90, 97...122, 45, 46, 95, 126: result.append(byte)
      case _ where kept.contains(byte): result.append(byte)
      default: result += [37, digit(byte >> 4), digit(byte & 15)]
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// As `encoding-type=url` writes it: Amazon has a plus for a space.
  package static func decoded(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 == 37 || $0 == 43 }) else { return text }
    var result: [UInt8] = []
    var bytes = text.utf8[...]
    while let byte = bytes.popFirst() {
      let pair = bytes.prefix(2)
      if byte == 37, pair.count == 2,
        let value = UInt8(String(decoding: pair, as: UTF8.self), radix: 16)
      {
        result.append(value)
        bytes = bytes.dropFirst(2)
      } else {
        result.append(byte == 43 ? 32 : byte)
      }
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 55 + value }
}

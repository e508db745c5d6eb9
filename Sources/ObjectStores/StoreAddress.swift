import RecoveryModel

/// `s3://bucket/prefix`, `gs://bucket/prefix` or `https://account.blob.core.windows.net/container/prefix` taken apart.
package struct StoreAddress: Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    case s3
    /// Google Cloud Storage, by its S3-compatible side.
    case google
    /// `account`: its URL, without a slash at its end.
    case azure(account: String)
  }

  package var kind: Kind
  /// Or container.
  package var bucket: String
  /// Without a slash at its beginning; with one at its end unless it is empty.
  package var prefix: String

  private static let forms =
    "write s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or "
    + "https://ACCOUNT.blob.core.windows.net/CONTAINER/PREFIX"

  /// Throws `RecoveryError` (invalid) for what is no address.
  package init(_ text: String) throws(RecoveryError) {
    let shown = Sanitizer.clean(text, limit: 200)
    guard let scheme = text.firstRange(of: "://") else {
      throw RecoveryError(.invalid, "\(shown) is no address of a store", remedy: Self.forms)
    }
    var parts = text[scheme.upperBound...].split(separator: "/", omittingEmptySubsequences: false)
    let name = text[..<scheme.lowerBound].lowercased()
    switch name {
    case "s3": kind = .s3
    case "gs": kind = .google
    case "http", "https": kind = .azure(account: try Self.account(name, &parts, shown))
    default:
      throw RecoveryError(
        .invalid, "\(shown) is of no kind of store that is known", remedy: Self.forms)
    }
    guard let bucket = parts.first, !bucket.isEmpty, !bucket.contains("@"), !bucket.contains(":"),
      !bucket.contains("?")
    else {
      throw RecoveryError(
        .invalid, "the address names no \(name.hasPrefix("http") ? "container" : "bucket")",
        remedy: Self.forms)
    }
    self.bucket = String(bucket)
    let path = parts.dropFirst().filter { !$0.isEmpty }.joined(separator: "/")
    prefix = path.isEmpty ? "" : path + "/"
  }

  /// The account's URL off the parts: of Azure's own hosts the host alone, of an emulator's the first directory too.
  private static func account(
    _ scheme: String, _ parts: inout [Substring], _ shown: String
  ) throws(RecoveryError) -> String {
    let host = parts.removeFirst()
    guard !host.isEmpty, !host.contains("@"), !host.contains("?") else {
      throw RecoveryError(.invalid, "the address names no account", remedy: forms)
    }
    var account = "\(scheme)://\(host)"
    if !host.contains(".blob."), !parts.isEmpty { account += "/\(parts.removeFirst())" }
    return account
  }
}

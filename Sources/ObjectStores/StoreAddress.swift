import RecoveryModel

/// `s3://bucket/prefix` taken apart.
package struct StoreAddress: Sendable, Equatable {
  package var bucket: String
  /// Without a slash at its beginning; with one at its end unless it is empty.
  package var prefix: String

  /// Throws `RecoveryError`: `refused` for stores that cannot be read, `invalid` for what is no address.
  package init(_ text: String) throws(RecoveryError) {
    let shown = Sanitizer.clean(text, limit: 200)
    guard let scheme = text.firstRange(of: "://") else {
      throw RecoveryError(
        .invalid, "\(shown) is no address of a store", remedy: "write s3://BUCKET/PREFIX")
    }
    let rest = text[scheme.upperBound...]
    let bucket = rest.prefix { $0 != "/" }
    let path = rest.dropFirst(bucket.count).split(separator: "/").joined(separator: "/")
    switch text[..<scheme.lowerBound].lowercased() {
    case "s3": break
    case "gs":
      throw RecoveryError(
        .refused, "Google Cloud Storage is not read yet: nothing is known of \(shown)",
        remedy: "list it with gcloud storage ls --long --recursive \(shown), or read it as S3 "
          + "with an HMAC key: s3://\(bucket)/\(path) --endpoint-url https://storage.googleapis.com"
      )
    case "azure", "az", "abfs", "abfss", "wasb", "wasbs", "https", "http":
      throw RecoveryError(
        .refused, "Azure Blob Storage is not read yet: nothing is known of \(shown)",
        remedy: "list it with az storage blob list --account-name ACCOUNT --container-name "
          + "CONTAINER --prefix PREFIX")
    default:
      throw RecoveryError(
        .invalid, "\(shown) is of no kind of store that is known",
        remedy: "write s3://BUCKET/PREFIX"
      )
    }
    guard !bucket.isEmpty, !bucket.contains("@"), !bucket.contains(":") else {
      throw RecoveryError(
        .invalid, "the address names no bucket", remedy: "write s3://BUCKET/PREFIX")
    }
    self.bucket = String(bucket)
    prefix = path.isEmpty ? "" : path + "/"
  }
}

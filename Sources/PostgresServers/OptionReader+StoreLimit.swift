import RecoveryModel

extension OptionReader {
  /// `requests_per_day` and `bytes_per_day` of a store, each with `prefix` before it.
  package func storeLimit(prefix: String) throws(RecoveryError) -> StoreLimit {
    var limit = StoreLimit(prefix: prefix)
    if let text = try text(prefix + "requests_per_day") {
      guard let count = Int(text), count > 0 else {
        throw invalid(prefix + "requests_per_day", .expected("a number above 0", found: text))
      }
      limit.requests = count
    }
    if let text = try text(prefix + "bytes_per_day") {
      guard let bytes = StoreLimit.bytes(text) else {
        throw invalid(
          prefix + "bytes_per_day", .expected("a size such as 500MB or 1GiB", found: text))
      }
      limit.bytes = bytes
    }
    return limit
  }
}

/// The directory of an object store that a cluster archives to, as Barman's tools resolve what is written: two ways of
/// writing it can mean one place.
package struct ArchivePlace: Sendable, Hashable {
  /// Host and port; nil = the cloud's own.
  package var endpoint: String?
  /// With its scheme.
  package var bucket: String
  /// Without slashes at its ends.
  package var path: String
  package var server: String

  /// `destination` as `s3://bucket/path/`. An empty `endpoint` is none.
  package init(destination: String, endpoint: String?, server: String) {
    let scheme = destination.firstRange(of: "://").map { destination[..<$0.lowerBound] } ?? ""
    let rest = destination.dropFirst(scheme.isEmpty ? 0 : scheme.count + 3)
    let host = rest.prefix { $0 != "/" }
    bucket = "\(scheme.lowercased())://\(host.lowercased())"
    path = Self.withoutSlashes(rest.dropFirst(host.count))
    self.server = server
    self.endpoint = Self.endpoint(endpoint)
  }

  /// Equal for what is one place.
  package var key: String { "\(endpoint ?? "") \(bucket)/\(path) \(server)" }

  /// `s3://bucket/path/server`, equal for what is one place of one store's server.
  package var words: String {
    [bucket, path, server].filter { !$0.isEmpty }.joined(separator: "/")
  }

  /// One slash where there are several: the tools join with one, and most stores serve both as one.
  private static func withoutSlashes(_ path: Substring) -> String {
    path.split(separator: "/").joined(separator: "/")
  }

  /// nil for Amazon's own, whatever its region: there a bucket's name is unique.
  private static func endpoint(_ text: String?) -> String? {
    guard let text, !text.isEmpty else { return nil }
    let isPlain = text.lowercased().hasPrefix("http://")
    let rest = text.firstRange(of: "://").map { text[$0.upperBound...] } ?? text[...]
    var host = rest.prefix { $0 != "/" && $0 != "?" }.lowercased()
    let usual = isPlain ? ":80" : ":443"
    if host.hasSuffix(usual) { host.removeLast(usual.count) }
    let isAmazon =
      host.hasSuffix(".amazonaws.com") && (host.hasPrefix("s3.") || host.hasPrefix("s3-"))
    return isAmazon ? nil : host
  }
}

/// The directory of an object store that a cluster archives to, as Barman's tools resolve what is written.
struct ArchivePlace: Equatable {
  /// nil = the cloud's own.
  var endpoint: String?
  var bucket: String
  /// Without slashes at its ends.
  var path: String
  var server: String

  init(_ store: ManifestNode, server: String?, of cluster: Manifest) {
    let destination = store["destinationPath"]?.text ?? ""
    let scheme = destination.firstRange(of: "://").map { destination[..<$0.lowerBound] } ?? ""
    let rest = destination.dropFirst(scheme.isEmpty ? 0 : scheme.count + 3)
    let host = rest.prefix { $0 != "/" }
    bucket = "\(scheme.lowercased())://\(host.lowercased())"
    path = Self.withoutSlashes(rest.dropFirst(host.count))
    // An empty name is none: the cluster's own counts.
    self.server = server.flatMap { $0.isEmpty ? nil : $0 } ?? cluster.name
    endpoint = Self.endpoint(store["endpointURL"]?.text)
  }

  var key: String { "\(endpoint ?? "") \(bucket)/\(path) \(server)" }

  /// One slash where there are several: the tools join with one, and most stores serve both as one.
  private static func withoutSlashes(_ path: Substring) -> String {
    path.split(separator: "/").joined(separator: "/")
  }

  /// Host and port; nil for Amazon's own, whatever its region: there a bucket's name is unique.
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

/// A place in an object store that somebody wants to know about.
package struct StoreQuestion: Sendable, Equatable {
  /// As typed: `s3://bucket/prefix`.
  package var address: String
  package var endpointURL: String?
  package var region: String?
  /// Of AWS's own files.
  package var profile: String?
  /// A file of certificate authorities.
  package var authorityFile: String?
  /// The bucket's name stands in the path; false = before the host; nil = as the endpoint is used to.
  package var usesPathStyle: Bool?

  package init(
    address: String, endpointURL: String? = nil, region: String? = nil, profile: String? = nil,
    authorityFile: String? = nil, usesPathStyle: Bool? = nil
  ) {
    self.address = address
    self.endpointURL = endpointURL
    self.region = region
    self.profile = profile
    self.authorityFile = authorityFile
    self.usesPathStyle = usesPathStyle
  }
}

import FoundationEssentials
import RecoveryModel
import Transports

/// What the way to a store is made of, so that tests hold it.
package struct StoreSeams: Sendable {
  /// One for all stores: connections are kept.
  package var http: @Sendable () -> HTTPClient
  package var environment: @Sendable () -> [String: String]
  /// A file's text; nil where there is none.
  package var read: @Sendable (String) -> String?
  package var pause: S3Pause
  /// One for all stores, as connections are.
  package var identities = IdentityCache()
  /// What contents are read with.
  package var tools = ContentTools()
  /// Seconds; how long a look waits for a store goes by it.
  package var sleep: @Sendable (Double) async -> Void = { try? await Task.sleep(for: .seconds($0)) }

  package init(
    http: @escaping @Sendable () -> HTTPClient,
    environment: @escaping @Sendable () -> [String: String],
    read: @escaping @Sendable (String) -> String?, pause: S3Pause = .live
  ) {
    self.http = http
    self.environment = environment
    self.read = read
    self.pause = pause
  }

  package static var live: StoreSeams {
    var seams = StoreSeams(
      http: { Shared.http }, environment: { ProcessInfo.processInfo.environment },
      read: { LocalFile.text($0) })
    seams.identities = Shared.identities
    return seams
  }

  private enum Shared {
    static let http = HTTPClient.live()
    static let identities = IdentityCache()
  }
}

extension StoreSeams {
  /// Fetched ones are shared by all who are the same to AWS.
  package func source(of origin: AWSCredentialOrigin) -> AWSCredentialSource {
    switch origin {
    case .written(let credentials): .fixed(credentials)
    case .fetched(let identity):
      identities.source(
        of: identity, by: CredentialFetch(http: http(), read: read, pause: pause))
    }
  }

  /// As AWS's own tools find credentials. Throws `RecoveryError` (denied, invalid).
  package func client(
    _ question: StoreQuestion, bucket: String
  ) throws(RecoveryError) -> S3Client {
    let settings = try AWSSettings.find(
      profile: question.profile, environment: environment(), read: read)
    let path = question.authorityFile ?? settings.authorityFile
    var authority: [UInt8]?
    if let path { authority = try self.authority(in: path, named: "--ca and AWS_CA_BUNDLE") }
    return client(
      bucket: bucket, settings: settings, endpointURL: question.endpointURL,
      region: question.region, addressing: question.usesPathStyle.map { $0 ? .path : .host },
      authority: authority)
  }

  /// By these settings, as far as nothing else is said. `authority`: PEM bytes.
  package func client(
    bucket: String, settings: AWSSettings, endpointURL: String?, region: String? = nil,
    addressing: S3Place.Addressing? = nil, authority: [UInt8]? = nil
  ) -> S3Client {
    let region = region ?? settings.region ?? "us-east-1"
    var security = HTTPSecurity()
    security.certificateAuthority = authority
    return S3Client(
      place: S3Place(
        bucket: bucket, endpoint: endpointURL ?? settings.endpoint, region: region,
        addressing: addressing ?? settings.addressing),
      region: region, credentials: source(of: settings.credentials), security: security,
      http: http(), pause: pause)
  }

  /// Of a file that `options` names. Throws `RecoveryError` (invalid).
  package func authority(in path: String, named options: String) throws(RecoveryError) -> [UInt8] {
    guard let text = read(path) else {
      throw RecoveryError(
        .invalid, "cannot read the certificate authorities in \(path)",
        remedy: "check \(options)")
    }
    return Array(text.utf8)
  }
}

import FoundationEssentials
import LocalFiles
import RecoveryModel
import Transports

/// What the way to a store is made of, so that tests hold it.
package struct StoreSeams: Sendable {
  /// One for all stores: connections are kept.
  package var http: @Sendable () -> HTTPClient
  package var environment: @Sendable () -> [String: String]
  /// A file's text; nil where there is none.
  package var read: @Sendable (String) -> String?
  package var pause: StorePause
  /// One for all stores, as connections are.
  package var identities = IdentityCache()
  /// What contents are read with.
  package var tools = ContentTools()
  /// Seconds; how long a look waits for a store goes by it.
  package var sleep: @Sendable (Double) async -> Void = { try? await Task.sleep(for: .seconds($0)) }

  package init(
    http: @escaping @Sendable () -> HTTPClient,
    environment: @escaping @Sendable () -> [String: String],
    read: @escaping @Sendable (String) -> String?, pause: StorePause = .live
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

  /// The store at an address, reached as a question says. Throws `RecoveryError` (denied, invalid, refused).
  package func store(
    _ question: StoreQuestion, at address: StoreAddress
  ) throws(RecoveryError) -> any ObjectStore {
    switch address.kind {
    case .s3: return try client(question, bucket: address.bucket)
    case .google:
      do throws(RecoveryError) {
        return google(
          bucket: address.bucket,
          settings: try AWSSettings.find(
            profile: question.profile, environment: environment(), read: read),
          endpointURL: question.endpointURL, authority: try authority(of: question))
      } catch {
        throw Self.withoutHMAC(error, address)
      }
    case .azure(let account):
      return azure(
        account: account, container: address.bucket,
        token: try AzureToken.find(environment(), container: address.bucket),
        authority: try authority(of: question))
    }
  }

  /// By an HMAC key, as S3.
  package func google(
    bucket: String, settings: AWSSettings, endpointURL: String?, authority: [UInt8]? = nil
  ) -> S3Client {
    client(
      bucket: bucket, settings: settings, endpointURL: endpointURL ?? Self.googleEndpoint,
      region: "auto", addressing: .path, authority: authority, scheme: "gs")
  }

  private static let googleEndpoint = "https://storage.googleapis.com"

  /// What else would do where no HMAC key is there.
  package static func withoutHMAC(
    _ error: RecoveryError, _ address: StoreAddress
  ) -> RecoveryError {
    guard error.code == .denied else { return error }
    var error = error
    error.remedy =
      "make an HMAC key (gcloud storage hmac create SERVICE-ACCOUNT) and give it as "
      + "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or as a profile; or list it with gcloud "
      + "storage ls --long --recursive gs://\(Sanitizer.clean(address.bucket, limit: 80))"
    return error
  }

  package func azure(
    account: String, container: String, token: Secret, authority: [UInt8]? = nil
  ) -> AzureClient {
    var security = HTTPSecurity()
    security.certificateAuthority = authority
    return AzureClient(
      place: AzurePlace(account: account, container: container), token: token, security: security,
      http: http(), pause: pause)
  }

  private func authority(of question: StoreQuestion) throws(RecoveryError) -> [UInt8]? {
    guard let path = question.authorityFile else { return nil }
    return try authority(in: path, named: "--ca")
  }

  /// By these settings, as far as nothing else is said. `authority`: PEM bytes.
  package func client(
    bucket: String, settings: AWSSettings, endpointURL: String?, region: String? = nil,
    addressing: S3Place.Addressing? = nil, authority: [UInt8]? = nil, scheme: String = "s3"
  ) -> S3Client {
    let region = region ?? settings.region ?? "us-east-1"
    var security = HTTPSecurity()
    security.certificateAuthority = authority
    var place = S3Place(
      bucket: bucket, endpoint: endpointURL ?? settings.endpoint, region: region,
      addressing: addressing ?? settings.addressing)
    place.scheme = scheme
    return S3Client(
      place: place, region: region, credentials: source(of: settings.credentials),
      security: security,
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

import FoundationEssentials
import RecoveryModel
import Transports

/// Answers a `StoreQuestion`: finds the servers below an address and reads each.
package struct StoreSurveyor: Sendable {
  private let http: HTTPClient
  private let environment: [String: String]
  /// A file's text; nil where there is none.
  private let read: @Sendable (String) -> String?
  private let pause: S3Pause

  package init(
    http: HTTPClient, environment: [String: String], pause: S3Pause = .live,
    read: @escaping @Sendable (String) -> String? = { LocalFile.text($0) }
  ) {
    self.http = http
    self.environment = environment
    self.read = read
    self.pause = pause
  }

  /// Throws `RecoveryError` where nothing can be said of the place at all.
  package func survey(_ question: StoreQuestion) async throws(RecoveryError) -> StoreSurvey {
    let address = try StoreAddress(question.address)
    let client = try client(question, bucket: address.bucket)
    let finder = BarmanServerFinder(client: client)
    let prefixes = try await finder.servers(under: address.prefix)
    var servers: [StoredServer] = []
    for prefix in prefixes {
      servers.append(
        await BarmanServerReader(client: client, prefix: prefix, now: pause.now).read())
    }
    let cost = client.meter.count
    return StoreSurvey(
      place: client.place.words(address.prefix),
      endpoint: HTTPRequest.server(of: client.place.endpoint), servers: servers,
      takenAt: pause.now(), requests: cost.requests, bytesRead: cost.bytes)
  }

  private func client(
    _ question: StoreQuestion, bucket: String
  ) throws(RecoveryError) -> S3Client {
    let settings = try AWSSettings.find(
      profile: question.profile, environment: environment, read: read)
    let region = question.region ?? settings.region ?? "us-east-1"
    let place = S3Place(
      bucket: bucket, endpoint: question.endpointURL ?? settings.endpoint, region: region,
      addressing: question.usesPathStyle.map { $0 ? .path : .host } ?? settings.addressing)
    var security = HTTPSecurity()
    if let path = question.authorityFile ?? settings.authorityFile {
      guard let text = read(path) else {
        throw RecoveryError(
          .invalid, "cannot read the certificate authorities in \(path)",
          remedy: "check --ca and AWS_CA_BUNDLE")
      }
      security.certificateAuthority = Array(text.utf8)
    }
    return S3Client(
      place: place, region: region, credentials: settings.credentials, security: security,
      http: http, pause: pause)
  }
}

import FoundationEssentials
import RecoveryModel
import Transports

/// A container of Azure Blob Storage.
package struct AzurePlace: Sendable, Equatable {
  /// `https://account.blob.core.windows.net`, or an emulator's with the account in its path; without a slash at its end.
  package var account: String
  package var container: String

  package init(account: String, container: String) {
    self.account = account
    self.container = container
  }

  package func words(_ prefix: String = "") -> String { "\(account)/\(container)/\(prefix)" }
}

/// The requests that reading a container takes, with a shared access signature: nothing is to be signed here.
package struct AzureClient: ObjectStore {
  package let place: AzurePlace
  package private(set) var meter: RequestMeter
  /// A shared access signature, as `sv=…&sig=…`.
  private let token: Secret
  private let security: HTTPSecurity
  private let http: HTTPClient
  private let pause: StorePause

  package init(
    place: AzurePlace, token: Secret, security: HTTPSecurity = HTTPSecurity(), http: HTTPClient,
    pause: StorePause = .live, meter: RequestMeter = RequestMeter()
  ) {
    self.place = place
    self.token = token
    self.security = security
    self.http = http
    self.pause = pause
    self.meter = meter
  }

  package func metered(by meter: RequestMeter) -> AzureClient {
    var client = self
    client.meter = meter
    return client
  }

  package var name: String { place.container }
  package var server: String { HTTPRequest.server(of: place.account) }
  package func words(_ prefix: String) -> String { place.words(prefix) }
  package var beginsAnywhere: Bool { false }

  package func list(
    prefix: String, delimiter: String?, startAfter: String?, continuation: String?, limit: Int?
  ) async throws(RecoveryError) -> ListingPage {
    var query = [("restype", "container"), ("comp", "list"), ("prefix", prefix)]
    if let delimiter { query.append(("delimiter", delimiter)) }
    if let continuation { query.append(("marker", continuation)) }
    if let limit { query.append(("maxresults", "\(limit)")) }
    let what = "listing \(words(Sanitizer.clean(prefix, limit: 120)))"
    let response = try await ask(query: query, what: what, right: "l (list)")
    guard var page = ListingPage(azure: response.body) else {
      throw RecoveryError(
        .failed, "\(server) answers, but not as Azure Blob Storage does",
        remedy: "check the address: https://ACCOUNT.blob.core.windows.net/CONTAINER/PREFIX")
    }
    if let startAfter {
      page.objects.removeAll { !startAfter.utf8.lexicographicallyPrecedes($0.key.utf8) }
      page.prefixes.removeAll { !startAfter.utf8.lexicographicallyPrecedes($0.utf8) }
    }
    return page
  }

  package func get(
    _ key: String, range: ClosedRange<Int64>?, limit: Int
  ) async throws(RecoveryError) -> [UInt8] {
    let headers = range.map { ["Range": "bytes=\($0.lowerBound)-\($0.upperBound)"] } ?? [:]
    return try await ask(
      key: key, headers: headers, what: "reading \(words(Sanitizer.clean(key, limit: 200)))",
      right: "r (read)", limit: limit
    ).body
  }

  package func head(_ key: String) async throws(RecoveryError) -> [String: String] {
    try await ask(
      method: "HEAD", key: key, what: "looking at \(words(Sanitizer.clean(key, limit: 200)))",
      right: "r (read)"
    ).headers
  }

  package func encryption(_ headers: [String: String]) -> String {
    if headers["x-ms-encryption-key-sha256"] != nil { return "customer-provided key" }
    if let scope = headers["x-ms-encryption-scope"] { return "AES256, scope \(scope)" }
    return headers["x-ms-server-encrypted"] == "true" ? "AES256" : "none"
  }
}

/// What a shared access signature does not open.
extension AzureClient {
  package func posture(of prefix: String, now: Date) async -> StorePosture {
    var posture = StorePosture()
    let service = "az storage account blob-service-properties show --account-name ACCOUNT"
    posture.versioning = Self.elsewhere("versioning", service, at: now)
    posture.lock = Self.elsewhere(
      "immutability",
      "az storage container immutability-policy show --account-name ACCOUNT "
        + "--container-name \(place.container)", at: now)
    posture.lifecycle = Self.elsewhere(
      "lifecycle", "az storage account management-policy show --account-name ACCOUNT", at: now)
    posture.replication = Self.elsewhere(
      "replication", "az storage account show --name ACCOUNT --query sku.name", at: now)
    posture.defaultEncryption = .value("AES256", source: "Azure Storage, always", at: now)
    return posture
  }

  package func uploadRemains(prefix: String) async throws(RecoveryError) -> UploadRemains {
    throw Self.error(
      "unfinished uploads", "az storage blob list --include u --container-name \(place.container)")
  }

  package func oldVersions(prefix: String) async throws(RecoveryError) -> OldVersions {
    throw Self.error(
      "old versions", "az storage blob list --include v --container-name \(place.container)")
  }

  private static func elsewhere<Value>(
    _ part: String, _ command: String, at now: Date
  ) -> Observed<Value> {
    let error = error(part, command)
    return .unavailable(
      Unavailable(part: part, reason: error.message, remedy: error.remedy, code: error.code),
      at: now)
  }

  private static func error(_ part: String, _ command: String) -> RecoveryError {
    RecoveryError(
      .refused, "Azure does not tell \(part) to who has a signature for a container",
      remedy: command)
  }
}

extension AzureClient {
  private static let attempts = 4
  private static let version = "2021-12-02"

  private func ask(
    method: String = "GET", key: String = "", query: [(String, String)] = [],
    headers: [String: String] = [:], what: String, right: String, limit: Int = 64 << 20
  ) async throws(RecoveryError) -> HTTPResponse {
    var request = HTTPRequest(url: url(key, query))
    request.method = method
    request.headers = headers.merging(["x-ms-version": Self.version]) { $1 }
    request.secretQuery = token
    request.security = security
    request.deadline = 60
    var attempt = 0
    while true {
      try meter.begin(words(""))
      attempt += 1
      do throws(RecoveryError) {
        let response = try await http.answer(to: request, limit: limit, countedBy: meter)
        if (200..<300).contains(response.status) { return response }
        let refusal = AzureRefusal(response)
        guard refusal.isPassing, attempt < Self.attempts else {
          throw refusal.error(what, right: right, place: place)
        }
      } catch  where error.code == .timedOut && attempt < 2 {}
      await pause.wait(attempt)
      if Task.isCancelled { throw RecoveryError(.cancelled, "\(what) was cancelled") }
    }
  }

  private func url(_ key: String, _ query: [(String, String)]) -> String {
    var url = "\(place.account)/\(Percent.encoded(place.container))"
    if !key.isEmpty { url += "/" + Percent.encoded(key, keeping: "/") }
    guard !query.isEmpty else { return url }
    return url + "?"
      + query.map { "\($0.0)=\(Percent.encoded($0.1))" }.joined(separator: "&")
  }
}

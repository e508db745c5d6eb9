import FoundationEssentials
import RecoveryModel
import Synchronization
import Testing

@testable import ObjectStores
@testable import Transports

/// Whoever gives credentials away, by hand: what it was asked, and what it answers next.
private final class Giver: Sendable {
  private struct State {
    var requests: [HTTPRequest] = []
    var answers: [Answer] = []
    var now = Date(timeIntervalSince1970: 1_795_951_500)
    var waits: [Int] = []
  }
  enum Answer: Sendable {
    case says(Int, String)
    case fails(RecoveryError.Code)
  }
  private let state = Mutex(State())

  init(_ answers: Answer...) { state.withLock { $0.answers = answers } }

  var requests: [HTTPRequest] { state.withLock { $0.requests } }
  var waits: [Int] { state.withLock { $0.waits } }
  func then(_ answers: Answer...) { state.withLock { $0.answers += answers } }
  func pass(seconds: Double) { state.withLock { $0.now += seconds } }

  private var http: HTTPClient {
    HTTPClient { request in
      let answer = self.state.withLock { state in
        state.requests.append(request)
        return state.answers.isEmpty ? Answer.fails(.timedOut) : state.answers.removeFirst()
      }
      return AsyncThrowingStream { continuation in
        switch answer {
        case .says(let status, let body):
          continuation.yield(.head(status: status, headers: [:]))
          continuation.yield(.chunk(Array(body.utf8)))
          continuation.finish()
        case .fails(let code): continuation.finish(throwing: RecoveryError(code, "no answer"))
        }
      }
    }
  }

  func seams(
    _ environment: [String: String], files: [String: String] = [:]
  ) -> StoreSeams {
    StoreSeams(
      http: { [http] in http }, environment: { environment }, read: { files[$0] },
      pause: StorePause(
        now: { self.state.withLock { $0.now } },
        wait: { attempt in self.state.withLock { $0.waits.append(attempt) } }))
  }

  /// An XML answer of STS's.
  static func role(_ key: String = "ASIAWEB", ends: String = "2026-11-29T12:25:00Z") -> Answer {
    .says(
      200,
      """
      <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
        <AssumeRoleWithWebIdentityResult>
          <AssumedRoleUser><Arn>arn:aws:sts::1:assumed-role/reader/pgvigil</Arn></AssumedRoleUser>
          <Credentials>
            <AccessKeyId>\(key)</AccessKeyId><SecretAccessKey>websecret</SecretAccessKey>
            <SessionToken>web/session+token==</SessionToken><Expiration>\(ends)</Expiration>
          </Credentials>
        </AssumeRoleWithWebIdentityResult>
      </AssumeRoleWithWebIdentityResponse>
      """)
  }

  static func refusal(_ code: String, _ message: String) -> Answer {
    .says(
      403,
      "<ErrorResponse><Error><Type>Sender</Type><Code>\(code)</Code><Message>\(message)</Message>"
        + "</Error></ErrorResponse>")
  }

  /// A JSON answer of an agent's or the machine's.
  static func agent(_ key: String, ends: String = "2026-11-29T17:25:00Z") -> Answer {
    .says(
      200,
      #"{"Code":"Success","Type":"AWS-HMAC","AccessKeyId":"\#(key)","SecretAccessKey":"s3cr3t","#
        + #""Token":"sess","Expiration":"\#(ends)","AccountId":"1"}"#)
  }
}

@Suite struct IdentityTests {
  private static let web = [
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/var/run/token", "AWS_ROLE_ARN": "arn:aws:iam::1:role/reader",
    "AWS_REGION": "eu-west-1",
  ]
  private static let tokens = ["/var/run/token": "eyJ.a+b/c=\n", "/var/run/agent": "agenttoken\n"]

  private func source(
    _ giver: Giver, _ environment: [String: String], identity: Bool = false
  ) throws -> AWSCredentialSource {
    let seams = giver.seams(environment, files: Self.tokens)
    let settings =
      try identity
      ? AWSSettings.identity(environment: environment, read: seams.read)
      : AWSSettings.find(profile: nil, environment: environment, read: seams.read)
    return seams.source(of: settings.credentials)
  }

  private func refused(
    _ giver: Giver, _ environment: [String: String], identity: Bool = false
  ) async throws -> RecoveryError {
    let source = try source(giver, environment, identity: identity)
    return try #require(
      await #expect(throws: RecoveryError.self) { try await source.current() })
  }

  // MARK: Web identity

  @Test func aTokenIsExchangedUnsignedAtTheRegionsOwnSTS() async throws {
    let giver = Giver(Giver.role())
    let keys = try await source(giver, Self.web).current()
    #expect(keys.accessKey.revealed == "ASIAWEB" && keys.secretKey.revealed == "websecret")
    #expect(keys.sessionToken?.revealed == "web/session+token==")
    let request = try #require(giver.requests.first)
    #expect(request.method == "POST" && request.url == "https://sts.eu-west-1.amazonaws.com/")
    #expect(request.signature == nil)
    #expect(
      request.secretBody?.revealed
        == "Action=AssumeRoleWithWebIdentity&Version=2011-06-15"
        + "&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Freader&RoleSessionName=pgvigil"
        + "&WebIdentityToken=eyJ.a%2Bb%2Fc%3D")
    for secret in ["eyJ", "ASIAWEB", "websecret"] {
      #expect(!"\(request) \(keys)".contains(secret))
    }
  }

  static let endpoints: [(environment: [String: String], url: String)] = [
    (["AWS_REGION": ""], "https://sts.amazonaws.com/"),
    (["AWS_REGION": "cn-north-1"], "https://sts.cn-north-1.amazonaws.com.cn/"),
    (["AWS_ENDPOINT_URL_STS": "https://sts.test"], "https://sts.test/"),
    (["AWS_ENDPOINT_URL": "https://minio.test:9000"], "https://minio.test:9000/"),
  ]

  @Test(arguments: endpoints.indices)
  func theEnvironmentSaysWhichSTS(index: Int) async throws {
    let giver = Giver(Giver.role())
    _ = try await source(giver, Self.web.merging(Self.endpoints[index].environment) { $1 })
      .current()
    #expect(giver.requests.first?.url == Self.endpoints[index].url)
  }

  @Test func aProfileMayNameItsTokenAndRole() async throws {
    let giver = Giver(Giver.role())
    let files = [
      "/h/.aws/config": """
      [profile pod]
      web_identity_token_file = /var/run/token
      role_arn = arn:aws:iam::1:role/pod
      role_session_name = ops
      region = eu-north-1
      """
    ].merging(Self.tokens) { $1 }
    let seams = giver.seams(["HOME": "/h", "AWS_ACCESS_KEY_ID": "X"], files: files)
    let settings = try AWSSettings.find(
      profile: "pod", environment: seams.environment(), read: seams.read)
    _ = try await seams.source(of: settings.credentials).current()
    #expect(giver.requests.first?.url == "https://sts.eu-north-1.amazonaws.com/")
    #expect(giver.requests.first?.secretBody?.revealed.contains("RoleSessionName=ops") == true)
  }

  static let refusals: [(code: String, words: String, remedy: String)] = [
    ("AccessDenied", "does not let this account take the role arn", "trust policy"),
    ("InvalidIdentityToken", "does not accept the token", "OIDC provider"),
    ("ExpiredTokenException", "the token in /var/run/token has expired", "renewed"),
    ("ValidationError", "answered ValidationError: because", "AWS_ROLE_ARN"),
  ]

  @Test(arguments: refusals.indices)
  func whatSTSRefusesIsPutIntoWords(index: Int) async throws {
    let (code, words, remedy) = Self.refusals[index]
    let error = try await refused(Giver(Giver.refusal(code, "because")), Self.web)
    #expect(error.code == .denied)
    #expect(error.message.contains(words), "\(error.message)")
    #expect(error.remedy.contains(remedy), "\(error.remedy)")
  }

  @Test func aTokenThatIsNotThereIsNamed() async throws {
    let giver = Giver()
    let error = try await refused(
      giver, Self.web.merging(["AWS_WEB_IDENTITY_TOKEN_FILE": "/gone"]) { $1 })
    #expect(error.message.contains("/gone"))
    #expect(giver.requests.isEmpty)
  }

  @Test func whatPassesIsAskedAgain() async throws {
    let giver = Giver(
      .fails(.timedOut), Giver.refusal("IDPCommunicationError", "later"), Giver.role())
    #expect(try await source(giver, Self.web).current().accessKey.revealed == "ASIAWEB")
    #expect(giver.waits == [1, 2])
    let error = try await refused(Giver(.says(200, "<html>a portal</html>")), Self.web)
    #expect(error.message.contains("not as STS does"))
  }

  // MARK: Container

  static let agents: [(environment: [String: String], url: String, token: String?)] = [
    (
      [
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/var/run/agent",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "older",
      ], "http://169.254.170.23/v1/credentials", "agenttoken"
    ),
    (
      ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/creds/uuid"],
      "http://169.254.170.2/v2/creds/uuid", nil
    ),
    (
      [
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "https://agent.test/c",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "plain",
      ], "https://agent.test/c", "plain"
    ),
    (
      ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:8080/c"],
      "http://127.0.0.1:8080/c", nil
    ),
    (
      ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://[fd00:ec2::23]:80/c"],
      "http://[fd00:ec2::23]:80/c", nil
    ),
  ]

  @Test(arguments: agents.indices)
  func theAgentBesideTheContainerIsAsked(index: Int) async throws {
    let (environment, url, token) = Self.agents[index]
    let giver = Giver(Giver.agent("ASIAPOD"))
    #expect(try await source(giver, environment).current().accessKey.revealed == "ASIAPOD")
    #expect(giver.requests.map(\.url) == [url])
    #expect(giver.requests[0].secretHeaders["Authorization"]?.revealed == token)
    #expect(giver.requests[0].security.proxy == (url.hasPrefix("https") ? nil : ""))
  }

  @Test(arguments: [
    "http://agent.test/c", "http://127.0.0.1.evil.test/c", "http://127.0.0.1@evil.test/c",
    "http://169.254.169.254/c", "ftp://localhost/c",
  ])
  func aTokenIsNotSentInClearToStrangers(url: String) throws {
    let giver = Giver()
    let error = try #require(
      #expect(throws: RecoveryError.self) {
        try source(giver, ["AWS_CONTAINER_CREDENTIALS_FULL_URI": url])
      })
    #expect(error.message.contains("clear text"))
  }

  @Test func whatTheAgentRefusesIsSaid() async throws {
    let error = try await refused(
      Giver(.says(404, #"{"code":"x","message":"no association"}"#)), Self.agents[0].environment)
    #expect(error.message.contains("HTTP 404: no association"), "\(error.message)")
    let split = try await refused(
      Giver(),
      [
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/c",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "a\r\nHost: evil",
      ])
    #expect(split.message.contains("line break"))
  }

  // MARK: Machine

  @Test func theMachinesRoleIsAskedForWithATokenAndInOneSecondEach() async throws {
    let giver = Giver(.says(200, "imdstoken"), .says(200, "node-role\n"), Giver.agent("ASIANODE"))
    #expect(try await source(giver, [:]).current().accessKey.revealed == "ASIANODE")
    #expect(
      giver.requests.map { "\($0.method) \($0.url)" } == [
        "PUT http://169.254.169.254/latest/api/token",
        "GET http://169.254.169.254/latest/meta-data/iam/security-credentials/",
        "GET http://169.254.169.254/latest/meta-data/iam/security-credentials/node-role",
      ])
    #expect(giver.requests.allSatisfy { $0.deadline == 1 && $0.security.proxy == "" })
    #expect(
      giver.requests.dropFirst().allSatisfy {
        $0.secretHeaders["X-aws-ec2-metadata-token"]?.revealed == "imdstoken"
      })
  }

  fileprivate static let nobody: [(answers: [Giver.Answer], words: String)] = [
    ([], "169.254.169.254 did not answer in time"),
    ([.fails(.unreachable)], "169.254.169.254 cannot be reached"),
    ([.says(403, "")], "169.254.169.254 answered HTTP 403"),
    ([.says(200, "t"), .says(404, "")], "this machine has no role"),
  ]

  @Test(arguments: nobody.indices)
  func whereThereIsNoneItIsAskedOnceAndAllThatWasTriedIsNamed(index: Int) async throws {
    let giver = Giver()
    for answer in Self.nobody[index].answers { giver.then(answer) }
    let error = try await refused(giver, ["HOME": "/h"])
    #expect(giver.waits.isEmpty)
    #expect(error.message.contains(Self.nobody[index].words), "\(error.message)")
    #expect(error.message.contains("AWS_ACCESS_KEY_ID"))
    #expect(error.message.contains("/h/.aws/credentials"))
    #expect(error.remedy.contains("--profile"))
  }

  static let places: [(environment: [String: String], url: String)] = [
    (["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://metadata.test/"], "http://metadata.test"),
    (["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "IPv6"], "http://[fd00:ec2::254]"),
  ]

  @Test(arguments: places.indices)
  func theEnvironmentSaysWhereMetadataIs(index: Int) async throws {
    let giver = Giver()
    _ = try await refused(giver, Self.places[index].environment)
    #expect(giver.requests.first?.url == Self.places[index].url + "/latest/api/token")
  }

  // MARK: Order

  @Test func theOrderIsThatOfAWSsOwnTools() async throws {
    let files = ["/h/.aws/credentials": "[default]\naws_access_key_id=F\naws_secret_access_key=G"]
    var environment = Self.web.merging(Self.agents[0].environment) { $1 }
    environment["HOME"] = "/h"
    func origin() throws -> String {
      let found = try AWSSettings.find(profile: nil, environment: environment) { files[$0] }
      return switch found.credentials {
      case .written(let keys): keys.source
      case .fetched(.webIdentity): "web identity"
      case .fetched(.container): "container"
      case .fetched(.instance): "instance"
      }
    }
    environment["AWS_ACCESS_KEY_ID"] = "A"
    environment["AWS_SECRET_ACCESS_KEY"] = "B"
    #expect(try origin() == "the environment")
    environment["AWS_ACCESS_KEY_ID"] = nil
    #expect(try origin() == "web identity")
    environment["AWS_WEB_IDENTITY_TOKEN_FILE"] = nil
    #expect(try origin() == "profile default")
    environment["HOME"] = "/elsewhere"
    #expect(try origin() == "container")
    for key in Self.agents[0].environment.keys { environment[key] = nil }
    #expect(try origin() == "instance")
  }

  @Test func anIdentityLooksAtNoKeys() async throws {
    let keys = ["AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "B"]
    let giver = Giver(Giver.role())
    let found = try await source(giver, Self.web.merging(keys) { $1 }, identity: true).current()
    #expect(found.accessKey.revealed == "ASIAWEB")
    let error = try await refused(Giver(), keys, identity: true)
    #expect(error.message.contains("no identity was found"))
    #expect(error.message.contains("did not answer in time"))
    #expect(error.remedy.contains("IRSA"))
  }

  // MARK: Renewal

  @Test func credentialsAreRenewedBeforeTheyEndAndNotSooner() async throws {
    let giver = Giver(Giver.role("FIRST"))
    let source = try source(giver, Self.web)
    func key() async throws -> String { try await source.current().accessKey.revealed }
    #expect(try await key() == "FIRST")
    giver.pass(seconds: 3200)
    #expect(try await key() == "FIRST")
    #expect(giver.requests.count == 1)
    giver.pass(seconds: 120)
    giver.then(Giver.refusal("AccessDenied", "not now"))
    #expect(try await key() == "FIRST", "they hold for some minutes yet")
    #expect(try await key() == "FIRST")
    #expect(giver.requests.count == 2, "whoever refuses is not asked at once again")
    giver.pass(seconds: 60)
    giver.then(Giver.role("SECOND", ends: "2026-11-29T13:25:00Z"))
    #expect(try await key() == "SECOND")
    giver.pass(seconds: 8000)
    giver.then(Giver.refusal("AccessDenied", "no more"))
    await #expect(throws: RecoveryError.self) { try await key() }
    await #expect(throws: RecoveryError.self) { try await key() }
    #expect(giver.requests.count == 4)
  }

  @Test("a session that the store ends is fetched anew, once")
  func endedEarly() async throws {
    let expired = Giver.Answer.says(
      400, "<Error><Code>ExpiredToken</Code><Message></Message></Error>")
    let listing = Giver.Answer.says(200, "<ListBucketResult></ListBucketResult>")
    let giver = Giver(Giver.role("FIRST"), expired, Giver.role("SECOND"), listing)
    let client = try giver.seams(Self.web, files: Self.tokens)
      .client(StoreQuestion(address: ""), bucket: "backups")
    _ = try await client.list(prefix: "k8s/")
    #expect(
      giver.requests.map { $0.signature?.accessKey.revealed } == [nil, "FIRST", nil, "SECOND"])
    // What is given out will not do either: it is said, and nobody is asked in a circle.
    giver.then(expired)
    let error = await #expect(throws: RecoveryError.self) { try await client.list(prefix: "k8s/") }
    #expect(error?.message.contains("refuses the session token (ExpiredToken)") == true)
    #expect(giver.requests.count == 5)
  }

  @Test("keys that are written down are not asked for anew")
  func writtenKeys() async throws {
    let giver = Giver(.says(400, "<Error><Code>ExpiredToken</Code></Error>"))
    let keys = ["AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "B", "AWS_SESSION_TOKEN": "C"]
    let client = try giver.seams(keys, files: [:])
      .client(StoreQuestion(address: ""), bucket: "backups")
    await #expect(throws: RecoveryError.self) { try await client.list(prefix: "k8s/") }
    #expect(giver.requests.count == 1)
  }

  @Test func manyStoresShareOneExchange() async throws {
    let giver = Giver(Giver.role())
    let seams = giver.seams(Self.web, files: Self.tokens)
    let settings = try AWSSettings.find(
      profile: nil, environment: Self.web, read: seams.read)
    try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<20 {
        group.addTask {
          try await seams.source(of: settings.credentials).current().accessKey.revealed
        }
      }
      for try await key in group { #expect(key == "ASIAWEB") }
    }
    #expect(giver.requests.count == 1)
  }

  @Test func aListingIsSignedWithWhatWasFetched() async throws {
    let giver = Giver(Giver.role(), .says(200, "<ListBucketResult></ListBucketResult>"))
    let client = try giver.seams(Self.web, files: Self.tokens)
      .client(StoreQuestion(address: ""), bucket: "backups")
    _ = try await client.list(prefix: "k8s/")
    #expect(giver.requests.count == 2)
    let signature = try #require(giver.requests[1].signature)
    #expect(signature.accessKey.revealed == "ASIAWEB" && signature.region == "eu-west-1")
    #expect(signature.sessionToken?.revealed == "web/session+token==")
  }
}

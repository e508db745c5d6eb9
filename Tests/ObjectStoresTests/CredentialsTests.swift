import RecoveryModel
import Testing

@testable import ObjectStores

@Suite struct CredentialsTests {
  private static let credentials = """
    # written by hand
    [default]
    aws_access_key_id = DEFAULTKEY
    aws_secret_access_key=defaultsecret

    [backups]
    aws_access_key_id = BACKUPSKEY ; a comment
    aws_secret_access_key = back+ups/sec=ret
    aws_session_token = tok
    """
  private static let configuration = """
    [default]
    region = eu-north-1
    [profile backups]
    region = fsn1
    endpoint_url = https://fsn1.example.com
    ca_bundle = /etc/ca.pem
    s3 =
      addressing_style = virtual
      max_concurrent_requests = 2
    [profile hetzner]
    aws_access_key_id = HKEY
    aws_secret_access_key = hsecret
    services = objects
    [profile role]
    role_arn = arn:aws:iam::1:role/x
    source_profile = default
    [services objects]
    s3 =
      endpoint_url = https://nbg1.example.com
    """

  private func written(
    _ profile: String? = nil, _ environment: [String: String] = [:]
  ) throws -> AWSCredentials {
    guard case .written(let keys) = try find(profile, environment).credentials else {
      throw RecoveryError(.failed, "these are fetched")
    }
    return keys
  }

  private func find(
    _ profile: String? = nil, _ environment: [String: String] = [:]
  ) throws -> AWSSettings {
    try AWSSettings.find(
      profile: profile, environment: environment.merging(["HOME": "/home/a"]) { $1 }
    ) { path in
      switch path {
      case "/home/a/.aws/credentials": Self.credentials
      case "/home/a/.aws/config": Self.configuration
      case "/elsewhere": "[default]\naws_access_key_id=E\naws_secret_access_key=F"
      default: nil
      }
    }
  }

  @Test func aProfileHasItsKeysAndItsPlace() throws {
    let keys = try written("backups")
    #expect(keys.accessKey.revealed == "BACKUPSKEY")
    #expect(keys.secretKey.revealed == "back+ups/sec=ret")
    #expect(keys.sessionToken?.revealed == "tok")
    let found = try find("backups")
    #expect(found.region == "fsn1")
    #expect(found.endpoint == "https://fsn1.example.com")
    #expect(found.addressing == .host)
    #expect(found.authorityFile == "/etc/ca.pem")
    #expect(try find("hetzner").endpoint == "https://nbg1.example.com")
    #expect(try written("hetzner").accessKey.revealed == "HKEY")
  }

  @Test func theEnvironmentGoesBeforeProfilesThatNobodyNamed() throws {
    let keys = ["AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "B", "AWS_REGION": "r"]
    #expect(try written(nil, keys).accessKey.revealed == "A")
    #expect(try find(nil, keys).region == "r")
    #expect(try written("backups", keys).accessKey.revealed == "BACKUPSKEY")
    #expect(try find("backups", keys).region == "fsn1")
    #expect(try written().accessKey.revealed == "DEFAULTKEY")
    #expect(try find().region == "eu-north-1")
    #expect(try written(nil, ["AWS_PROFILE": "backups"]).source == "profile backups")
    #expect(
      try written(nil, ["AWS_SHARED_CREDENTIALS_FILE": "/elsewhere"]).accessKey.revealed == "E")
    #expect(
      try find(nil, ["AWS_ENDPOINT_URL": "https://a", "AWS_ENDPOINT_URL_S3": "https://b"]).endpoint
        == "https://b")
  }

  static let failures: [(profile: String?, environment: [String: String], words: String)] = [
    ("nowhere", [:], "there is no profile nowhere"),
    ("role", [:], "by role_arn"),
    (nil, ["AWS_PROFILE": "nowhere"], "there is no profile nowhere"),
    (
      nil, ["AWS_SHARED_CREDENTIALS_FILE": "/none", "AWS_EC2_METADATA_DISABLED": "TRUE"],
      "no credentials were found"
    ),
    (nil, ["AWS_WEB_IDENTITY_TOKEN_FILE": "/token"], "AWS_ROLE_ARN is not"),
    (nil, ["AWS_PROFILE": "x", "AWS_ACCESS_KEY_ID": "LONELYKEY"], "AWS_SECRET_ACCESS_KEY is not"),
  ]

  @Test(arguments: failures.indices)
  func whatIsMissingIsSaidWithoutWhatIsThere(index: Int) throws {
    let (profile, environment, words) = Self.failures[index]
    let error = #expect(throws: RecoveryError.self) { try find(profile, environment) }
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    #expect(error?.description.contains("LONELYKEY") == false)
    #expect(error?.remedy.isEmpty == false)
  }

  @Test func nothingOfThemIsEverPrinted() throws {
    let shown = "\(try find("backups"))" + String(reflecting: try find("backups"))
    for secret in ["BACKUPSKEY", "sec=ret", "tok\""] { #expect(!shown.contains(secret)) }
  }
}

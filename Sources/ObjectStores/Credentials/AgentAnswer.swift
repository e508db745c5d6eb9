import FoundationEssentials
import RecoveryModel

/// What agents and instance metadata answer.
struct AgentAnswer: Decodable {
  var accessKey: String?
  var secretKey: String?
  var token: String?
  var expiration: String?
  var message: String?

  enum CodingKeys: String, CodingKey {
    case accessKey = "AccessKeyId"
    case secretKey = "SecretAccessKey"
    case token = "Token"
    case expiration = "Expiration"
    case message
  }

  /// nil where it is not JSON.
  init?(_ body: [UInt8]) {
    guard let answer = try? JSONDecoder().decode(AgentAnswer.self, from: Data(body)) else {
      return nil
    }
    self = answer
  }

  func credentials(_ source: String) -> AWSCredentials? {
    guard let accessKey, let secretKey else { return nil }
    return AWSCredentials(
      accessKey: Secret(accessKey), secretKey: Secret(secretKey),
      sessionToken: token.map { Secret($0) }, source: source,
      expiresAt: expiration.flatMap(TimestampText.parse))
  }
}

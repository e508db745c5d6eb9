import RecoveryModel
import Transports

/// Where credentials come from.
package enum AWSCredentialOrigin: Sendable, Equatable {
  case written(AWSCredentials)
  case fetched(AWSIdentity)
}

/// What one may be to AWS without a key that is written down anywhere. Its credentials last for hours.
package enum AWSIdentity: Sendable, Equatable {
  case webIdentity(WebIdentity)
  case container(ContainerIdentity)
  case instance(InstanceIdentity)
}

/// A role that a token of Kubernetes' (or of another issuer) is exchanged for.
package struct WebIdentity: Sendable, Equatable {
  var tokenFile: String
  var role: String
  var session: String
  /// Of STS.
  var endpoint: String
  /// Of certificate authorities.
  var authorityFile: String?
}

/// An agent beside the container that hands credentials out: EKS pod identity, ECS.
package struct ContainerIdentity: Sendable, Equatable {
  var url: String
  /// Read anew each time: it is renewed in place.
  var tokenFile: String?
  var token: Secret?
}

/// The role of the machine.
package struct InstanceIdentity: Sendable, Equatable {
  var endpoint: String
  /// That there are no credentials, if it has none either: names what was looked for before.
  var otherwise: RecoveryError
}

extension AWSIdentity {
  /// nil where the environment names none.
  static func webIdentity(
    in set: [String: String], endpoint: String, authorityFile: String?
  ) throws(RecoveryError) -> WebIdentity? {
    guard let file = set["AWS_WEB_IDENTITY_TOKEN_FILE"] else { return nil }
    guard let role = set["AWS_ROLE_ARN"] else {
      throw RecoveryError(
        .denied, "AWS_WEB_IDENTITY_TOKEN_FILE is set, AWS_ROLE_ARN is not",
        remedy: "name the role in the annotation eks.amazonaws.com/role-arn of the service "
          + "account, or in AWS_ROLE_ARN")
    }
    return WebIdentity(
      tokenFile: file, role: role, session: set["AWS_ROLE_SESSION_NAME"] ?? "pgvigil",
      endpoint: endpoint, authorityFile: authorityFile)
  }

  /// nil where the environment names none.
  static func container(in set: [String: String]) throws(RecoveryError) -> ContainerIdentity? {
    let relative = set["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"]
    guard
      let url = relative.map({ "http://169.254.170.2" + $0 })
        ?? set["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
    else { return nil }
    guard ContainerIdentity.isTrusted(url) else {
      throw RecoveryError(
        .denied,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI names \(HTTPRequest.server(of: url)), which is asked in "
          + "clear text", remedy: "it must be https, or an address of this machine's")
    }
    return ContainerIdentity(
      url: url, tokenFile: set["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"],
      token: set["AWS_CONTAINER_AUTHORIZATION_TOKEN"].map { Secret($0) })
  }

  /// nil where it is switched off.
  static func instance(
    in set: [String: String], otherwise: RecoveryError
  ) -> InstanceIdentity? {
    guard set["AWS_EC2_METADATA_DISABLED"]?.lowercased() != "true" else { return nil }
    let isSix = set["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"]?.lowercased() == "ipv6"
    var endpoint =
      set["AWS_EC2_METADATA_SERVICE_ENDPOINT"]
      ?? (isSix ? "http://[fd00:ec2::254]" : "http://169.254.169.254")
    while endpoint.hasSuffix("/") { endpoint.removeLast() }
    return InstanceIdentity(endpoint: endpoint, otherwise: otherwise)
  }
}

extension WebIdentity {
  /// STS of the region; the old one for all where none is known.
  static func endpoint(region: String?) -> String {
    guard let region else { return "https://sts.amazonaws.com" }
    return "https://sts.\(region).amazonaws.com\(region.hasPrefix("cn-") ? ".cn" : "")"
  }
}

extension ContainerIdentity {
  /// Its token goes over a wire that nobody else listens to.
  static func isTrusted(_ url: String) -> Bool {
    if url.hasPrefix("https://") { return true }
    guard url.hasPrefix("http://") else { return false }
    let host = host(url)
    let local = ["localhost", "[::1]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"]
    return local.contains(host) || isLoopback(host)
  }

  /// Without user and port.
  private static func host(_ url: String) -> String {
    let authority = HTTPRequest.server(of: url).dropFirst("http://".count)
    if let bracket = authority.lastIndex(of: "]") { return String(authority[...bracket]) }
    return String(authority.prefix { $0 != ":" })
  }

  private static func isLoopback(_ host: String) -> Bool {
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }
}

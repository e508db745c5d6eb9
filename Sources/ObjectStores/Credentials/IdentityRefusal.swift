import RecoveryModel
import Transports

extension WebIdentity {
  /// STS's no in words.
  func refusal(_ response: HTTPResponse) -> RecoveryError {
    let told = XMLScanner.elements(["Code", "Message"], in: response.body)
    let server = HTTPRequest.server(of: endpoint)
    let role = Sanitizer.clean(role, limit: 200)
    let said = told["Message"].map { ": \(Sanitizer.clean($0, limit: 200))" } ?? ""
    switch told["Code"] {
    case "AccessDenied":
      return RecoveryError(
        .denied, "\(server) does not let this account take the role \(role)\(said)",
        remedy: "the role's trust policy must name the cluster's OIDC provider and this "
          + "service account")
    case "InvalidIdentityToken":
      return RecoveryError(
        .denied, "\(server) does not accept the token of this account\(said)",
        remedy: "register the cluster's OIDC provider with the role's AWS account, with the "
          + "audience sts.amazonaws.com")
    case "ExpiredTokenException":
      return RecoveryError(
        .denied, "the token in \(Sanitizer.clean(tokenFile, limit: 200)) has expired\(said)",
        remedy: "see why it is not renewed; kubelet renews projected ones")
    default:
      let code = told["Code"].map { Sanitizer.clean($0, limit: 80) }
      return RecoveryError(
        response.status >= 500 ? .unreachable : .denied,
        "taking the role \(role): \(server) answered \(code ?? "HTTP \(response.status)")\(said)",
        remedy: "check AWS_ROLE_ARN, and AWS_REGION, which names the STS that is asked")
    }
  }
}

extension InstanceIdentity {
  /// Nobody has any credentials for us.
  func nothing(_ why: String) -> RecoveryError {
    var error = otherwise
    error.message += ", and \(why)"
    return error
  }
}

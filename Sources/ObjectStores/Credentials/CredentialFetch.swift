import FoundationEssentials
import RecoveryModel
import Transports

/// Asks whoever gives credentials to an identity.
package struct CredentialFetch: Sendable {
  var http: HTTPClient
  /// A file's text; nil where there is none.
  var read: @Sendable (String) -> String?
  var pause: StorePause

  /// Throws `RecoveryError` that says who would not give them, and what would help.
  func credentials(of identity: AWSIdentity) async throws(RecoveryError) -> AWSCredentials {
    switch identity {
    case .webIdentity(let identity): try await exchange(identity)
    case .container(let identity): try await ask(identity)
    case .instance(let identity): try await ask(identity)
    }
  }

  // MARK: Web identity

  private func exchange(_ identity: WebIdentity) async throws(RecoveryError) -> AWSCredentials {
    let token = try secret(
      identity.tokenFile, what: "web identity token", variable: "AWS_WEB_IDENTITY_TOKEN_FILE")
    let fields = [
      ("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"),
      ("RoleArn", identity.role), ("RoleSessionName", identity.session),
      ("WebIdentityToken", token.revealed),
    ]
    var request = HTTPRequest(url: identity.endpoint + "/")
    request.method = "POST"
    request.headers = ["Content-Type": "application/x-www-form-urlencoded"]
    request.secretBody = Secret(
      fields.map { "\($0.0)=\(Percent.encoded($0.1))" }.joined(separator: "&"))
    request.deadline = 10
    if let path = identity.authorityFile {
      guard let text = read(path) else {
        throw RecoveryError(
          .invalid, "cannot read the certificate authorities in \(path)",
          remedy: "check AWS_CA_BUNDLE")
      }
      request.security.certificateAuthority = Array(text.utf8)
    }
    let response = try await send(request, attempts: 3)
    guard response.status == 200 else { throw identity.refusal(response) }
    let told = XMLScanner.elements(
      ["AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"], in: response.body)
    guard let key = told["AccessKeyId"], let secret = told["SecretAccessKey"],
      let session = told["SessionToken"],
      let end = told["Expiration"].flatMap(TimestampText.parse)
    else { throw strange(identity.endpoint, "STS") }
    return AWSCredentials(
      accessKey: Secret(key), secretKey: Secret(secret), sessionToken: Secret(session),
      source: "web identity", expiresAt: end)
  }

  // MARK: Container

  private func ask(_ identity: ContainerIdentity) async throws(RecoveryError) -> AWSCredentials {
    var token = identity.token
    if let path = identity.tokenFile {
      token = try secret(
        path, what: "token", variable: "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
    }
    var request = HTTPRequest(url: identity.url)
    if let token {
      // A line break would begin a header of its own.
      guard !token.revealed.contains(where: \.isNewline) else {
        throw RecoveryError(
          .denied, "the token for the container's credentials has a line break in it",
          remedy: "check AWS_CONTAINER_AUTHORIZATION_TOKEN and what puts it there")
      }
      request.secretHeaders["Authorization"] = token
    }
    request.deadline = 5
    request.security.proxy = identity.url.hasPrefix("http://") ? "" : nil
    let response = try await send(request, attempts: 3)
    let server = HTTPRequest.server(of: identity.url)
    guard response.status == 200 else {
      let told = AgentAnswer(response.body)?.message ?? ""
      throw RecoveryError(
        .denied,
        "\(server), which gives this container its credentials, answered HTTP \(response.status)"
          + (told.isEmpty ? "" : ": \(Sanitizer.clean(told, limit: 200))"),
        remedy: "check that the pod's service account is associated with a role "
          + "(aws eks list-pod-identity-associations), or the task's role")
    }
    guard let credentials = AgentAnswer(response.body)?.credentials("the container's role") else {
      throw strange(server, "the container's agent")
    }
    return credentials
  }

  // MARK: Machine

  /// Two questions and a token for them (IMDSv2). Where there is no such service nobody waits for long.
  private func ask(_ identity: InstanceIdentity) async throws(RecoveryError) -> AWSCredentials {
    let token = try await token(identity)
    let roles = "/latest/meta-data/iam/security-credentials/"
    let listed = try await metadata(identity, roles, token)
    guard let role = listed?.split(whereSeparator: \.isNewline).first else {
      throw identity.nothing("this machine has no role (\(identity.endpoint))")
    }
    let text = try await metadata(identity, roles + Percent.encoded(String(role)), token)
    guard
      let credentials = text.flatMap({ AgentAnswer(Array($0.utf8)) })?
        .credentials("the machine's role \(Sanitizer.clean(String(role), limit: 80))")
    else { throw strange(identity.endpoint, "instance metadata") }
    return credentials
  }

  private func token(_ identity: InstanceIdentity) async throws(RecoveryError) -> Secret {
    var request = HTTPRequest(url: identity.endpoint + "/latest/api/token")
    request.method = "PUT"
    request.headers = ["X-aws-ec2-metadata-token-ttl-seconds": "60"]
    request.deadline = 1
    request.security.proxy = ""
    let why: String
    do throws(RecoveryError) {
      let response = try await send(request, attempts: 1)
      let token = String(decoding: response.body, as: UTF8.self)
      if response.status == 200, !token.isEmpty, !token.contains(where: \.isNewline) {
        return Secret(token)
      }
      why = "answered HTTP \(response.status)"
    } catch {
      if error.code == .cancelled { throw error }
      why = error.code == .timedOut ? "did not answer in time" : "cannot be reached"
    }
    throw identity.nothing("no instance metadata (\(identity.endpoint) \(why))")
  }

  /// nil where there is no such thing.
  private func metadata(
    _ identity: InstanceIdentity, _ path: String, _ token: Secret
  ) async throws(RecoveryError) -> String? {
    var request = HTTPRequest(url: identity.endpoint + path)
    request.secretHeaders["X-aws-ec2-metadata-token"] = token
    request.deadline = 1
    request.security.proxy = ""
    let response = try await send(request, attempts: 2)
    if response.status == 404 { return nil }
    guard response.status == 200 else {
      throw RecoveryError(
        .denied, "\(identity.endpoint)\(path) answered HTTP \(response.status)",
        remedy: "check the instance's metadata options and its profile")
    }
    return String(decoding: response.body, as: UTF8.self)
  }

  // MARK: Requests

  private func send(
    _ request: HTTPRequest, attempts: Int
  ) async throws(RecoveryError) -> HTTPResponse {
    var attempt = 1
    while true {
      do throws(RecoveryError) {
        let response = try await once(request)
        guard isPassing(response), attempt < attempts else { return response }
      } catch {
        guard error.code == .timedOut || error.code == .unreachable, attempt < attempts else {
          throw error
        }
      }
      await pause.wait(attempt)
      attempt += 1
    }
  }

  private func once(_ request: HTTPRequest) async throws(RecoveryError) -> HTTPResponse {
    do {
      return try await http.fetch(request, limit: 1 << 20)
    } catch var error as RecoveryError {
      if error.code == .denied {
        error.remedy = "name the authority that signed its certificate in AWS_CA_BUNDLE"
      }
      throw error
    } catch {
      throw RecoveryError(.cancelled, "the request for credentials was cancelled")
    }
  }

  /// The issuer of tokens did not answer STS: it says itself that one should ask again.
  private func isPassing(_ response: HTTPResponse) -> Bool {
    let refusal = S3Refusal(response, now: pause.now())
    return refusal.isPassing || refusal.code == "IDPCommunicationError"
  }

  private func secret(
    _ path: String, what: String, variable: String
  ) throws(RecoveryError) -> Secret {
    let token = read(path).map { String($0.trimmed) } ?? ""
    guard !token.isEmpty else {
      throw RecoveryError(
        .denied, "cannot read the \(what) in \(Sanitizer.clean(path, limit: 200))",
        remedy: "check \(variable), and that the file may be read")
    }
    return Secret(token)
  }

  private func strange(_ endpoint: String, _ who: String) -> RecoveryError {
    RecoveryError(
      .failed, "\(HTTPRequest.server(of: endpoint)) answers, but not as \(who) does",
      remedy: "check what listens there")
  }
}

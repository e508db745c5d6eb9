import FoundationEssentials
import RecoveryModel
import Transports

/// An answer of a store that is none, in words: some send a code and not a syllable more.
struct S3Refusal: Sendable, Equatable {
  var status: Int
  /// Empty where the answer has no document (HEAD, a proxy).
  var code: String
  var message: String
  /// The region that the bucket is in, where the store corrects us.
  var region: String?
  /// Seconds by which our clock is ahead of the store's; nil = it did not say.
  var clockError: Double?

  init(_ response: HTTPResponse, now: Date) {
    status = response.status
    let told = XMLScanner.elements(["Code", "Message", "Region"], in: response.body)
    code = told["Code"] ?? ""
    message = told["Message"] ?? ""
    region = response.headers["x-amz-bucket-region"] ?? told["Region"]
    clockError = response.headers["date"].flatMap(HTTPDate.parse).map(now.timeIntervalSince)
  }

  /// Codes of stores that want to be asked more slowly, or that stumbled, whatever status they come with.
  private static let passing: Set<String> = [
    "SlowDown", "RequestTimeout", "InternalError", "ServiceUnavailable", "Throttling",
    "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException",
    "RequestLimitExceeded", "TooManyRequests", "TooManyRequestsException", "BandwidthLimitExceeded",
    "PriorRequestNotComplete", "ServerBusy", "OperationTimedOut",
  ]

  /// Asking again may help.
  var isPassing: Bool {
    status >= 500 && status != 501 || status == 429 || Self.passing.contains(code)
  }

  /// Temporary credentials are over, whatever their end was said to be.
  var isExpired: Bool {
    ["ExpiredToken", "ExpiredTokenException", "InvalidToken", "TokenRefreshRequired"].contains(code)
  }

  /// The signature was made for another region.
  func otherRegion(than ours: String) -> String? {
    guard let region, !region.isEmpty, region != ours,
      [301, 307, 400, 403].contains(status),
      [
        "", "PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed",
        "IllegalLocationConstraintException",
      ].contains(code)
    else { return nil }
    return region
  }

  /// `what`: as `listing s3://backups/auth-db/`; `right`: what it takes, as `s3:ListBucket`.
  func error(_ what: String, right: String, place: S3Place) -> RecoveryError {
    let server = HTTPRequest.server(of: place.endpoint)
    let bucket = Sanitizer.clean(place.bucket, limit: 80)
    switch code {
    case "InvalidAccessKeyId":
      return RecoveryError(
        .denied, "\(server) does not know the access key\(said)",
        remedy: "check which key is given, and whether it is one of this store's",
        detail: .credentialsRefused)
    case "SignatureDoesNotMatch":
      return skewed(server)
        ?? RecoveryError(
          .denied, "\(server) refuses the secret key: it is not that of the access key\(said)",
          remedy: "check the secret, and that no space or line break came along with it",
          detail: .credentialsRefused)
    case "RequestTimeTooSkewed", "RequestExpired":
      return skewed(server, least: 0)
        ?? RecoveryError(
          .denied, "\(server) says that our clock is wrong\(said)",
          remedy: "set this machine's clock")
    case "ExpiredToken", "TokenRefreshRequired", "InvalidToken":
      return RecoveryError(
        .denied, "\(server) refuses the session token (\(code))\(said)",
        remedy: "get new temporary credentials", detail: .credentialsRefused)
    case "NoSuchBucket":
      return RecoveryError(
        .invalid, "there is no bucket \(bucket) at \(server)\(said)",
        remedy: "check the bucket's name, the endpoint and the region")
    case "AccessDenied", "AllAccessDisabled", "UnauthorizedAccess":
      return skewed(server) ?? denied(what, right, server)
    case "NoSuchKey":
      return RecoveryError(.failed, "\(what): the object is gone\(said)")
    case "NotImplemented", "XNotImplemented", "MethodNotAllowed", "UnsupportedOperation",
      "NotSupported":
      return RecoveryError(.refused, "\(server) does not offer it: \(what)\(said)")
    default: return other(what, right, server, bucket)
    }
  }

  /// Answers without a code of S3's.
  private func other(
    _ what: String, _ right: String, _ server: String, _ bucket: String
  ) -> RecoveryError {
    if code.isEmpty, status == 401 || status == 403 {
      return skewed(server) ?? denied(what, right, server)
    }
    if code.isEmpty, status == 405 || status == 501 {
      return RecoveryError(.refused, "\(server) does not offer it: \(what)\(said)")
    }
    if code.isEmpty, status == 404 {
      return RecoveryError(
        .invalid, "\(server) has no bucket \(bucket), or nothing there speaks S3",
        remedy: "check the endpoint and the bucket's name")
    }
    let answer = code.isEmpty ? "HTTP \(status)" : Sanitizer.clean(code, limit: 80)
    return RecoveryError(
      isPassing ? .unreachable : .failed, "\(what): \(server) answered \(answer)\(said)",
      remedy: isPassing ? "try again later" : "")
  }

  private func denied(_ what: String, _ right: String, _ server: String) -> RecoveryError {
    RecoveryError(
      .denied, "\(server) does not allow \(what)\(said)",
      remedy: "grant \(right) to these credentials, or give others")
  }

  /// A clock that is off by more than the quarter of an hour that S3 allows.
  private func skewed(_ server: String, least: Double = 900) -> RecoveryError? {
    guard let clockError, abs(clockError) >= least, abs(clockError) >= 60 else { return nil }
    let minutes = Int((abs(clockError) / 60).rounded())
    let ahead = clockError > 0 ? "ahead of" : "behind"
    return RecoveryError(
      .denied, "our clock is \(minutes) minutes \(ahead) that of \(server), which allows 15",
      remedy: "set this machine's clock")
  }

  /// What the store itself says, where it says anything.
  private var said: String {
    message.isEmpty || message == code ? "" : ": \(Sanitizer.clean(message, limit: 200))"
  }
}

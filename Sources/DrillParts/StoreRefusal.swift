import RecoveryModel

/// An object store's refusal of the credentials it was shown, or of the place they were shown for: it says nothing of what
/// lies there.
package enum StoreRefusal {
  /// Codes of S3, Azure and Google, and what the tools say that never got as far.
  private static let codes = [
    "SignatureDoesNotMatch", "InvalidAccessKeyId", "AccessDenied", "Access Denied", "ExpiredToken",
    "TokenRefreshRequired", "InvalidToken", "RequestTimeTooSkewed", "RequestExpired",
    "NoSuchBucket", "The specified bucket does not exist", "AllAccessDisabled", "AccountProblem",
    "InvalidSecurity", "UnauthorizedAccess", "AuthorizationHeaderMalformed", "AuthenticationFailed",
    "AuthorizationFailure", "AuthorizationPermissionMismatch", "ContainerNotFound",
    "Unable to locate credentials", "NoCredentialsError", "NoCredentialProviders",
    "(403) when calling", "403 Forbidden", "403 (Forbidden)", "401 Unauthorized", "invalid_grant",
  ]

  /// The sentence that holds the refusal; nil without one.
  package static func words(in text: String) -> String? {
    guard let code = codes.lazy.compactMap({ text.firstRange(of: $0) }).first else { return nil }
    // From the last break before it to the next after it.
    let head = text[..<code.lowerBound]
    let start = opening(of: head)
    let rest = text[code.upperBound...]
    let end = rest.firstIndex(where: { $0.isNewline || $0 == "\"" || $0 == "\\" }) ?? rest.endIndex
    return Sanitizer.clean(String(text[start..<end]), limit: 300)
  }

  /// Where the sentence begins: botocore's and the tools' own words where they are there, else the line.
  private static func opening(of head: Substring) -> String.Index {
    for opener in ["An error occurred", "ERROR: ", "HTTP request failed"] {
      if let range = head.ranges(of: opener).last {
        return opener == "ERROR: " ? range.upperBound : range.lowerBound
      }
    }
    let line = head.lastIndex(where: { $0.isNewline || $0 == "\"" })
    return line.map { head.index(after: $0) } ?? head.startIndex
  }
}

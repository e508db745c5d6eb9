/// Words by which a cause is known among all that an error says, and what is to be done about it.
package enum KnownCause: Sendable, CaseIterable {
  case checksum, credentials, clock, bucket, name, unreachable, certificate, space, busy
  case emptyArchive, rights, targetNotReached, walMissing, history, checkpoint, noBackup, killed
  case storage

  /// The first that a text speaks of; nil when it speaks of none.
  package static func of(_ text: String) -> KnownCause? {
    allCases.first { cause in cause.words.contains(where: text.contains) }
  }

  /// Where the words stand.
  static func range(in text: Substring) -> Range<Substring.Index>? {
    for cause in allCases {
      for word in cause.words {
        if let range = text.firstRange(of: word) { return range }
      }
    }
    return nil
  }

  /// How many causes it speaks of.
  static func strength(_ text: String) -> Int {
    allCases.count { cause in cause.words.contains(where: text.contains) }
  }

  var words: [String] {
    switch self {
    case .checksum:
      [
        "Checksum Type mismatch", "checksum Type", "Checksum mismatch", "checksum mismatch",
        "XAmzContentSHA256Mismatch", "BadDigest", "x-amz-checksum", "aws-chunked",
        "MissingContentLength", "weakly-referenced object",
      ]
    case .credentials:
      [
        "SignatureDoesNotMatch", "InvalidAccessKeyId", "AccessDenied", "Access Denied",
        "ExpiredToken", "InvalidToken", "TokenRefreshRequired", "AuthorizationHeaderMalformed",
        "InvalidSecurity", "Unable to locate credentials", "NoCredentialsError",
        "PartialCredentialsError", "AuthenticationFailed", "AuthorizationFailure",
        "403 Forbidden", "Forbidden", "401 Unauthorized", "Unauthorized", "invalid_grant",
      ]
    case .clock: ["RequestTimeTooSkewed", "request time and the current time is too large"]
    case .bucket:
      [
        "NoSuchBucket", "specified bucket does not exist", "bucket does not exist",
        "ContainerNotFound",
      ]
    case .name:
      [
        "no such host", "Name or service not known", "Temporary failure in name resolution",
        "NameResolutionError", "Could not resolve host",
      ]
    case .unreachable:
      [
        "Could not connect to the endpoint", "EndpointConnectionError", "ConnectTimeout",
        "Connect timeout", "ReadTimeout", "Read timeout", "connection refused",
        "Connection refused", "i/o timeout", "Network is unreachable", "No route to host",
        "no route to host", "Connection reset", "connection reset", "ConnectionClosedError",
        "timed out", "deadline exceeded", "502 Bad Gateway", "503 Service", "504 Gateway",
      ]
    case .certificate:
      ["certificate verify failed", "CERTIFICATE_VERIFY_FAILED", "x509: ", "SSLError"]
    case .space: ["No space left on device", "Disk quota exceeded", "QuotaExceeded", "StorageFull"]
    case .busy: ["SlowDown", "TooManyRequests", "ServiceUnavailable", "Please reduce your request"]
    case .emptyArchive: ["Expected empty archive"]
    case .rights: ["Permission denied", "permission denied", "Operation not permitted"]
    case .targetNotReached:
      [
        "recovery ended before configured recovery target was reached",
        "before consistent recovery point",
      ]
    case .walMissing:
      [
        "WAL ends before end of online backup", "first needed WAL", "WAL not found",
        "has wrong size", "invalid checkpoint record",
      ]
    case .history: ["is not a child of this server's history", "requested timeline"]
    case .checkpoint:
      ["could not locate required checkpoint record", "could not locate a valid checkpoint"]
    case .noBackup: ["no target backup found", "no backup found with ID", "no backup found"]
    case .killed:
      ["OOMKilled", "signal: killed", "MemoryError", "out of memory", "Cannot allocate"]
    case .storage: ["Input/output error", "Read-only file system", "invalid page in block"]
    }
  }

  /// What a person does about it; nil where the sentence says it.
  package var remedy: String? {
    switch self {
    case .checksum:
      "The store does not understand the newer S3 checksums: set AWS_REQUEST_CHECKSUM_CALCULATION and "
        + "AWS_RESPONSE_CHECKSUM_VALIDATION to when_required (plugin: the ObjectStore's "
        + "instanceSidecarConfiguration.env; in-tree: the Cluster's spec.env)."
    case .credentials:
      "The object store refuses the credentials: compare the Secret that is named in the "
        + "configuration with the key at the provider."
    case .clock: "Set the clock of the node right: the store refuses requests of another time."
    case .bucket: "Make the bucket, or correct destinationPath and endpointURL."
    case .name: "Correct endpointURL, or look at the cluster's name service."
    case .unreachable:
      "Look whether the instance can reach endpointURL: a NetworkPolicy, a proxy, the store itself."
    case .certificate: "Give the store's CA under endpointCA."
    case .space: "Make room: on the volume, or in the quota of the bucket."
    case .busy: "The store asks for fewer requests: lower wal.maxParallel and data.jobs."
    case .emptyArchive:
      "The archive holds another cluster's WAL: use a serverName of its own for this cluster."
    case .rights: "Look at who owns the files on the instance's volume."
    case .targetNotReached:
      "The archive ends before the target: choose an earlier one, or none, and look for a hole in "
        + "the WAL."
    case .walMissing:
      "WAL that the base backup needs is not in the archive: recover from an older one."
    case .history: "The archive's timelines do not descend from this base backup."
    case .checkpoint: "The base backup is not whole: recover from an older one."
    case .noBackup:
      "Look at serverName and destinationPath of the source, and at the backups there."
    case .killed: "Raise the memory limit of the container."
    case .storage: "Look at the volume and its node."
    }
  }
}

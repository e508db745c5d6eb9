import RecoveryModel

/// Rights that reading one place of a bucket takes, as IAM's policies spell them; MinIO, Ceph and others read the same, but
/// for one action: Ceph does not know that of encryption, and refuses a policy for one action that it does not know.
struct BucketPolicy {
  private let bucket: String
  /// Without slashes at its ends; empty = the whole bucket.
  private let prefix: String
  private let partition: String
  private let isAmazon: Bool

  /// Throws `RecoveryError` (invalid) for an address that no policy can name.
  init(_ options: ManifestOptions) throws(RecoveryError) {
    let shown = Sanitizer.clean(options.address, limit: 200)
    let parts = options.address.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count > 2, parts[0].lowercased() == "s3:", parts[1].isEmpty,
      Self.isBucket(parts[2])
    else {
      throw RecoveryError(
        .invalid, "\(shown) is no place in a bucket", remedy: "write s3://BUCKET/PREFIX")
    }
    bucket = String(parts[2])
    prefix = parts[3...].filter { !$0.isEmpty }.joined(separator: "/")
    // What a policy reads as a pattern or a variable would let more be read than is named.
    guard
      prefix.unicodeScalars.allSatisfy({
        $0.value >= 32 && $0.value != 127 && !"*?$\"\\".contains(Character($0))
      })
    else {
      throw RecoveryError(
        .invalid, "\(shown) has characters that a policy takes for a pattern",
        remedy: "name the place above it")
    }
    isAmazon = options.endpoint == nil
    switch options.region ?? "" {
    case let region where region.hasPrefix("cn-"): partition = "aws-cn"
    case let region where region.hasPrefix("us-gov-"): partition = "aws-us-gov"
    default: partition = "aws"
    }
  }

  private static func isBucket(_ name: Substring) -> Bool {
    !name.isEmpty
      && name.utf8.allSatisfy {
        switch $0 {
        case 48...57, 65...90, 97...122, 45, 46, 95: true
        default: false
        }
      }
  }

  private var settings: [String] {
    [
      "s3:ListBucketMultipartUploads", "s3:ListBucketVersions", "s3:GetBucketVersioning",
      "s3:GetBucketObjectLockConfiguration", "s3:GetLifecycleConfiguration",
      "s3:GetReplicationConfiguration",
    ] + (isAmazon ? ["s3:GetEncryptionConfiguration"] : [])
  }

  var text: String {
    let arn = "arn:\(partition):s3:::\(bucket)"
    let below = prefix.isEmpty ? "*" : "\(prefix)/*"
    return """
      {
        "Version": "2012-10-17",
        "Statement": [
          {
            "Sid": "PgvigilLists",
            "Effect": "Allow",
            "Action": ["s3:ListBucket"],
            "Resource": ["\(arn)"],
            "Condition": {"StringLike": {"s3:prefix": ["\(below)"]}}
          },
          {
            "Sid": "PgvigilReads",
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:ListMultipartUploadParts"],
            "Resource": ["\(arn)/\(below)"]
          },
          {
            "Sid": "PgvigilSeesWhetherItIsSafe",
            "Effect": "Allow",
            "Action": [
              \(settings.map { "\"\($0)\"" }.joined(separator: ",\n        "))
            ],
            "Resource": ["\(arn)"]
          }
        ]
      }

      """
  }
}

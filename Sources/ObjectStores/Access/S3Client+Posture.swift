import FoundationEssentials
import RecoveryModel
import Transports

/// What a bucket is set to do with its objects. Five requests.
extension S3Client {
  /// `prefix`: rules that touch nothing below it are left out.
  package func posture(of prefix: String, now: Date) async -> StorePosture {
    var posture = StorePosture()
    let status = await setting(
      "versioning", "VersioningConfiguration", right: "s3:GetBucketVersioning", at: now,
      read: { XMLScanner.elements(["Status"], in: $0)["Status"] ?? "" })
    switch status {
    case .value(let text, let source, let at):
      posture.versioning = .value(text == "Enabled", source: source, at: at)
      // Suspended, it keeps what was kept before.
      posture.isNeverVersioned = text.isEmpty
    case .unavailable(let failure, let at):
      posture.versioning = .unavailable(failure, at: at)
    case .pending: break
    }
    posture.lock = await setting(
      "object-lock", "ObjectLockConfiguration", right: "s3:GetBucketObjectLockConfiguration",
      at: now, read: BucketSettings.lock)
    posture.lifecycle = await setting(
      "lifecycle", "LifecycleConfiguration", right: "s3:GetLifecycleConfiguration", at: now,
      read: { BucketSettings.lifecycle($0).filter { BucketSettings.touches($0.prefix, prefix) } })
    posture.replication = await setting(
      "replication", "ReplicationConfiguration", right: "s3:GetReplicationConfiguration", at: now,
      read: { BucketSettings.replication($0, of: prefix) })
    posture.defaultEncryption = await setting(
      "encryption", "ServerSideEncryptionConfiguration", right: "s3:GetEncryptionConfiguration",
      at: now,
      read: { XMLScanner.elements(["SSEAlgorithm"], in: $0)["SSEAlgorithm"] ?? "none" })
    return posture
  }

  /// `root`: of the answer. Some stores answer what they do not know with something else.
  private func setting<Value: Sendable & Equatable>(
    _ name: String, _ root: String, right: String, at now: Date, read: ([UInt8]) -> Value
  ) async -> Observed<Value> {
    do throws(RecoveryError) {
      let what = "reading the bucket's \(name)"
      let body = try await document(
        [(name, "")], what: what, right: right, absences: BucketSettings.absences)
      guard body.isEmpty || XMLScanner.root(of: body) == root else {
        throw RecoveryError(
          .refused, "\(HTTPRequest.server(of: place.endpoint)) does not offer it: \(what)")
      }
      return .value(read(body), source: "\(name) of \(place.words())", at: now)
    } catch {
      return .unavailable(
        Unavailable(part: name, reason: error.message, remedy: error.remedy, code: error.code),
        at: now)
    }
  }
}

/// Answers to `?object-lock`, `?lifecycle` and `?replication`.
enum BucketSettings {
  /// A store without such a configuration has none.
  static let absences: Set<String> = [
    "NoSuchLifecycleConfiguration", "ObjectLockConfigurationNotFoundError",
    "ObjectLockConfigurationNotFound", "NoSuchObjectLockConfiguration",
    "ReplicationConfigurationNotFoundError", "ReplicationConfigurationNotFound",
    "NoSuchReplicationConfiguration", "ServerSideEncryptionConfigurationNotFoundError",
  ]

  /// A rule for this prefix says something of what lies below that one.
  static func touches(_ rule: String, _ prefix: String) -> Bool {
    prefix.hasPrefix(rule) || rule.hasPrefix(prefix)
  }

  /// Buckets that enabled rules copy to.
  static func replication(_ body: [UInt8], of prefix: String) -> StorePosture.Replication {
    var scanner = XMLScanner(body)
    var result = StorePosture.Replication()
    var path: [String] = []
    var rule = (isEnabled: false, prefix: "", bucket: "")
    while let token = scanner.next() {
      switch token {
      case .open(let name):
        path.append(scanner.text(name))
        if path.last == "Rule" { rule = (false, "", "") }
      case .text(let range):
        switch path.suffix(2) {
        case ["Rule", "Status"]: rule.isEnabled = scanner.text(range) == "Enabled"
        case ["Rule", "Prefix"], ["Filter", "Prefix"], ["And", "Prefix"]:
          rule.prefix = scanner.text(range)
        case ["Destination", "Bucket"]: rule.bucket = scanner.text(range)
        default: break
        }
      case .close(let name):
        path.removeLast(path.isEmpty ? 0 : 1)
        guard scanner.isName(name, "Rule"), rule.isEnabled, touches(rule.prefix, prefix) else {
          continue
        }
        // As `arn:aws:s3:::copies`.
        result.targets.append(rule.bucket.split(separator: ":").last.map(String.init) ?? "")
      }
    }
    return result
  }

  static func lock(_ body: [UInt8]) -> StorePosture.ObjectLock {
    let told = XMLScanner.elements(["ObjectLockEnabled", "Mode", "Days", "Years"], in: body)
    let years = told["Years"].flatMap { Int($0) }.map { $0 * 365 }
    return StorePosture.ObjectLock(
      isOn: told["ObjectLockEnabled"] == "Enabled",
      defaultDays: told["Days"].flatMap { Int($0) } ?? years, mode: told["Mode"])
  }

  /// Enabled rules.
  static func lifecycle(_ body: [UInt8]) -> [StorePosture.LifecycleRule] {
    var scanner = XMLScanner(body)
    var rules: [StorePosture.LifecycleRule] = []
    var rule: StorePosture.LifecycleRule?
    var isEnabled = false
    var path: [String] = []
    while let token = scanner.next() {
      switch token {
      case .open(let name):
        path.append(scanner.text(name))
        if path.last == "Rule" { (rule, isEnabled) = (StorePosture.LifecycleRule(), false) }
      case .text(let range):
        let text = scanner.text(range)
        if path.last == "Status" { isEnabled = text == "Enabled" }
        rule?.take(path.suffix(2), text)
      case .close(let name):
        path.removeLast(path.isEmpty ? 0 : 1)
        if scanner.isName(name, "Rule"), let found = rule {
          if isEnabled { rules.append(found) }
          rule = nil
        }
      }
    }
    return rules
  }
}

extension StorePosture.LifecycleRule {
  /// `path`: the last two elements that are open.
  fileprivate mutating func take(_ path: ArraySlice<String>, _ text: String) {
    switch (path.first ?? "", path.last ?? "") {
    case (_, "ID"): id = text
    case (_, "Prefix"): prefix = text
    case ("Expiration", "Days"): expiresAfter = Int(text)
    case ("Transition", "Days"): movesAfter = Int(text)
    case ("Transition", "StorageClass"): storageClass = text
    case ("NoncurrentVersionExpiration", "NoncurrentDays"),
      ("NoncurrentVersionExpiration", "Days"):
      forgetsVersionsAfter = Int(text)
    case ("AbortIncompleteMultipartUpload", "DaysAfterInitiation"):
      abortsUploadsAfter = Int(text)
    default: break
    }
  }
}

import FoundationEssentials
import RecoveryModel

/// What a bucket is set to do with its objects. Three requests.
extension S3Client {
  /// `prefix`: rules that touch nothing below it are left out.
  func posture(of prefix: String, now: Date) async -> StorePosture {
    var posture = StorePosture()
    posture.versioning = await setting(
      "versioning", right: "s3:GetBucketVersioning", at: now,
      read: { XMLScanner.elements(["Status"], in: $0)["Status"] == "Enabled" })
    posture.lock = await setting(
      "object-lock", right: "s3:GetBucketObjectLockConfiguration", at: now,
      read: BucketSettings.lock)
    posture.lifecycle = await setting(
      "lifecycle", right: "s3:GetLifecycleConfiguration", at: now,
      read: { body in
        BucketSettings.lifecycle(body).filter {
          prefix.hasPrefix($0.prefix) || $0.prefix.hasPrefix(prefix)
        }
      })
    return posture
  }

  private func setting<Value: Sendable & Equatable>(
    _ name: String, right: String, at now: Date, read: ([UInt8]) -> Value
  ) async -> Observed<Value> {
    do throws(RecoveryError) {
      return .value(
        read(try await bucketSetting(name, right: right)), source: "\(name) of \(place.words())",
        at: now)
    } catch {
      return .unavailable(
        Unavailable(part: name, reason: error.message, remedy: error.remedy, code: error.code),
        at: now)
    }
  }
}

/// Answers to `?object-lock` and `?lifecycle`.
enum BucketSettings {
  /// A store without such a configuration has none.
  static let absences: Set<String> = [
    "NoSuchLifecycleConfiguration", "ObjectLockConfigurationNotFoundError",
    "ObjectLockConfigurationNotFound", "NoSuchObjectLockConfiguration",
  ]

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

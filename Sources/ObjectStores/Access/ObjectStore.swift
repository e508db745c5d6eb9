import FoundationEssentials
import RecoveryModel

/// What reading backups takes of a store: lists, objects or parts of them, what is known of an object, and what the place
/// they lie in is set to do with them.
package protocol ObjectStore: Sendable {
  var meter: RequestMeter { get }
  /// The same, whose requests count there.
  func metered(by meter: RequestMeter) -> Self
  /// Of the bucket or container.
  var name: String { get }
  /// Scheme, host and port of who answers.
  var server: String { get }
  /// A key or prefix for people, as `s3://bucket/prefix`.
  func words(_ prefix: String) -> String
  /// A listing can begin after any key; else what lies before it is listed too and left out.
  var beginsAnywhere: Bool { get }

  /// One page of names in the order of their bytes, `limit` at most. `startAfter`: a whole key.
  func list(
    prefix: String, delimiter: String?, startAfter: String?, continuation: String?, limit: Int?
  ) async throws(RecoveryError) -> ListingPage

  /// `range`: of bytes, whole object when nil; `limit` of what is taken, in bytes.
  func get(
    _ key: String, range: ClosedRange<Int64>?, limit: Int
  ) async throws(RecoveryError) -> [UInt8]

  /// Header fields of an object, names in lower case.
  func head(_ key: String) async throws(RecoveryError) -> [String: String]

  /// Server-side, as an object's header fields tell it: `AES256`, `none`.
  func encryption(_ headers: [String: String]) -> String

  func posture(of prefix: String, now: Date) async -> StorePosture
  func uploadRemains(prefix: String) async throws(RecoveryError) -> UploadRemains
  func oldVersions(prefix: String) async throws(RecoveryError) -> OldVersions
}

extension ObjectStore {
  package func list(
    prefix: String, delimiter: String? = nil, startAfter: String? = nil, limit: Int? = nil
  ) async throws(RecoveryError) -> ListingPage {
    try await list(
      prefix: prefix, delimiter: delimiter, startAfter: startAfter, continuation: nil, limit: limit)
  }

  package func get(
    _ key: String, range: ClosedRange<Int64>? = nil
  ) async throws(RecoveryError) -> [UInt8] {
    try await get(key, range: range, limit: 16 << 20)
  }

  package func get(_ key: String, limit: Int) async throws(RecoveryError) -> [UInt8] {
    try await get(key, range: nil, limit: limit)
  }

  /// All pages, one after the other, until `take` wants no more.
  package func listAll(
    prefix: String, delimiter: String? = nil, startAfter: String?,
    take: (ListingPage) -> Bool
  ) async throws(RecoveryError) {
    var continuation: String?
    repeat {
      let page = try await list(
        prefix: prefix, delimiter: delimiter, startAfter: startAfter, continuation: continuation,
        limit: nil)
      // A store that repeats its token would keep us for ever.
      guard take(page), page.continuation != continuation else { return }
      continuation = page.continuation
    } while continuation != nil
  }

  /// All pages, one after the other.
  package func listAll(
    prefix: String, delimiter: String? = nil, take: (ListingPage) -> Void
  ) async throws(RecoveryError) {
    try await listAll(prefix: prefix, delimiter: delimiter, startAfter: nil) { page in
      take(page)
      return true
    }
  }
}

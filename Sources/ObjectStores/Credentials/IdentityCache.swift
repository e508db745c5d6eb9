import FoundationEssentials
import RecoveryModel
import Synchronization

/// The credentials of each identity, shared by all stores that are read with it.
package final class IdentityCache: Sendable {
  private let known = Mutex<[(identity: AWSIdentity, credentials: RenewedCredentials)]>([])

  package init() {}

  package func source(of identity: AWSIdentity, by fetch: CredentialFetch) -> AWSCredentialSource {
    let credentials = known.withLock { known in
      if let old = known.first(where: { $0.identity == identity }) { return old.credentials }
      let new = RenewedCredentials(now: fetch.pause.now) { () throws(RecoveryError) in
        try await fetch.credentials(of: identity)
      }
      known.append((identity, new))
      return new
    }
    return AWSCredentialSource(
      current: { () throws(RecoveryError) in try await credentials.current() },
      drop: { await credentials.drop($0) })
  }
}

/// Fetches credentials, keeps them, and fetches others before they end.
actor RenewedCredentials {
  private let now: @Sendable () -> Date
  private let fetch: @Sendable () async throws(RecoveryError) -> AWSCredentials
  private var known: AWSCredentials?
  private var failure: RecoveryError?
  private var triedAt: Date?
  private var droppedAt: Date?
  private var underWay: Task<Result<AWSCredentials, RecoveryError>, Never>?

  /// Seconds before their end at which others are fetched: the machine's are there five minutes before.
  private static let margin = 300.0
  /// Seconds between two attempts.
  private static let pace = 30.0

  init(
    now: @escaping @Sendable () -> Date,
    fetch: @escaping @Sendable () async throws(RecoveryError) -> AWSCredentials
  ) {
    self.now = now
    self.fetch = fetch
  }

  /// Throws `RecoveryError` where there are none that still hold.
  func current() async throws(RecoveryError) -> AWSCredentials {
    if let known, left(known) > Self.margin { return known }
    if let triedAt, abs(now().timeIntervalSince(triedAt)) < Self.pace { return try settled() }
    let task = underWay ?? Task { [fetch] in await Self.result(fetch) }
    underWay = task
    let result = await task.value
    if underWay == task {
      underWay = nil
      triedAt = now()
      switch result {
      case .success(let credentials): (known, failure) = (credentials, nil)
      case .failure(let error): failure = error
      }
    }
    return try settled()
  }

  /// Forgets these where they are still the ones that are kept: others are fetched when next asked for. True: whoever was
  /// refused with them may ask again.
  func drop(_ refused: AWSCredentials) -> Bool {
    guard known == refused else { return known != nil }
    // Whoever gives out what the store will not have is not asked in a circle.
    if let droppedAt, abs(now().timeIntervalSince(droppedAt)) < Self.pace { return false }
    (known, triedAt, droppedAt) = (nil, nil, now())
    return true
  }

  /// What the last attempt has left us with.
  private func settled() throws(RecoveryError) -> AWSCredentials {
    if let known, failure == nil || left(known) > 0 { return known }
    throw failure ?? RecoveryError(.failed, "there are no credentials")
  }

  /// Seconds.
  private func left(_ credentials: AWSCredentials) -> Double {
    credentials.expiresAt.map { $0.timeIntervalSince(now()) } ?? .infinity
  }

  private static func result(
    _ fetch: @Sendable () async throws(RecoveryError) -> AWSCredentials
  ) async -> Result<AWSCredentials, RecoveryError> {
    do throws(RecoveryError) {
      return .success(try await fetch())
    } catch {
      return .failure(error)
    }
  }
}

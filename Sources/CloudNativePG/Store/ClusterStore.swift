import FoundationEssentials
import ObjectStores
import PostgresServers
import RecoveryModel
import Transports

/// Keeps what is known of one cluster's part of its store, which may move.
actor ClusterStore {
  private let access: StoreAccess
  private let now: @Sendable () -> Date
  private var watched: (place: StorePlace, watch: StoreWatch)?
  /// What is amiss with the credentials that the cluster itself has; nil = nothing that a look has met.
  private(set) var secretFault: String?
  /// Rings when a look ends that nobody has waited for to its end.
  nonisolated let late = QuestionBell()

  init(access: StoreAccess, now: @escaping @Sendable () -> Date) {
    self.access = access
    self.now = now
  }

  nonisolated var waldump: WALDump { access.seams.tools.waldump }

  /// What the looks have cost; nil while there was none.
  var traffic: StoreTraffic? {
    get async { await watched?.watch.traffic }
  }

  /// nil where there is no store to look at.
  func look(_ place: StorePlace?, mark: String) async -> Observed<StoredServer>? {
    guard let place, access.options.credentials != .off else { return nil }
    do throws(RecoveryError) {
      let server = try await watch(place).server(mark: mark)
      let at = server.wal.at ?? server.backups.at ?? now()
      secretFault = refusal(of: server)
      return .value(server, source: server.path, at: at)
    } catch {
      secretFault = error.detail == .ownSecret ? error.message : nil
      return .unavailable(
        Unavailable(
          part: "WAL archive", reason: error.message, remedy: error.remedy, code: error.code),
        at: now())
    }
  }

  /// What the store says of the cluster's own credentials; a policy may hold back us alone, and another way in may lead to
  /// another store.
  private func refusal(of server: StoredServer) -> String? {
    guard access.options.credentials == .cluster, access.options.endpointURL == nil,
      let failure = server.wal.failure, failure.detail == .credentialsRefused
    else { return nil }
    return failure.reason
  }

  /// Throws `RecoveryError`, also where there is no store that is read.
  func contents(_ place: StorePlace?) async throws(RecoveryError) -> ScrubInventory {
    guard let place, access.options.credentials != .off else {
      throw RecoveryError(
        .refused, "no store of this cluster is read", remedy: StoreAccess.advice)
    }
    let address = try place.address
    return try await BarmanContents(
      client: try await access.open(place, at: address), prefix: address.prefix,
      tools: access.seams.tools, now: now
    ).inventory()
  }

  /// Whether nothing lies under another server name beside the cluster's own. Throws `RecoveryError` where it cannot be
  /// told.
  func isEmpty(_ place: StorePlace?, server: String) async throws(RecoveryError) -> Bool {
    guard var place, access.options.credentials != .off else {
      throw RecoveryError(
        .refused, "no store of this cluster is read", remedy: StoreAccess.advice)
    }
    place.server = server
    let address = try place.address
    let page = try await access.open(place, at: address).list(
      prefix: address.prefix, delimiter: nil, startAfter: nil, continuation: nil, limit: 1)
    return page.objects.isEmpty && page.prefixes.isEmpty
  }

  private func watch(_ place: StorePlace) throws(RecoveryError) -> StoreWatch {
    if let watched, watched.place == place { return watched.watch }
    let address = try place.address
    let watch = StoreWatch(
      prefix: address.prefix, now: now, limit: access.options.limit,
      reading: PatientTask(pause: access.seams.sleep, late: late),
      open: { [access] () throws(RecoveryError) in
        try await access.open(place, at: address)
      })
    watched = (place, watch)
    return watch
  }
}

import FoundationEssentials
import Kubernetes
import ObjectStores
import RecoveryModel
import Transports

/// Keeps what is known of one cluster's part of its store.
actor ClusterStore {
  private let options: StoreOptions
  private let seams: StoreSeams
  private let now: @Sendable () -> Date
  private var watch: StoreWatch?
  private var place: StorePlace?
  private var openedAt = Date.distantPast
  /// Rings when a look ends that nobody has waited for to its end.
  nonisolated let late = QuestionBell()
  private var listener: Task<Void, Never>?

  /// Seconds after which credentials are fetched anew: they may have been changed.
  private static let credentialsPace = 3600.0

  init(options: StoreOptions, seams: StoreSeams, now: @escaping @Sendable () -> Date) {
    self.options = options
    self.seams = seams
    self.now = now
  }

  deinit { listener?.cancel() }

  /// nil where there is no store to look at.
  func look(
    _ place: StorePlace?, mark: String, client: KubernetesClient, namespace: String
  ) async -> Observed<StoredServer>? {
    guard let place, options.credentials != .off else { return nil }
    do throws(RecoveryError) {
      let watch = try await opened(place, client, namespace)
      guard let server = await watch.server(mark: mark) else {
        let waited = Format.duration(await watch.waited)
        throw RecoveryError(
          .timedOut, "the store is still being read, for \(waited) so far",
          remedy: "wait: it goes on in a running console or exporter, and later looks are short")
      }
      // Credentials may have been changed: the next look fetches them.
      if server.wal.failure != nil, server.backups.failure != nil { self.watch = nil }
      let at = server.wal.at ?? server.backups.at ?? now()
      return .value(server, source: server.path, at: at)
    } catch {
      return .unavailable(
        Unavailable(
          part: "WAL archive", reason: error.message, remedy: error.remedy, code: error.code),
        at: now())
    }
  }

  private func opened(
    _ place: StorePlace, _ client: KubernetesClient, _ namespace: String
  ) async throws(RecoveryError) -> StoreWatch {
    let began = now()
    if let watch, self.place == place, began.timeIntervalSince(openedAt) < Self.credentialsPace {
      return watch
    }
    let access = StoreAccess(
      options: options, client: client, namespace: namespace, seams: seams)
    let (store, address) = try await access.open(place)
    if let watch, self.place == place {
      await watch.use(store)
      openedAt = began
      return watch
    }
    let watch = StoreWatch(
      client: store, prefix: address.prefix, now: now,
      reading: PatientTask(pause: seams.sleep))
    (self.watch, self.place, openedAt) = (watch, place, began)
    listener?.cancel()
    let rings = watch.late.rings()
    listener = Task { [late] in for await _ in rings { late.announce() } }
    return watch
  }
}

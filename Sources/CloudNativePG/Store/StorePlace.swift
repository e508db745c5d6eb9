import FoundationEssentials
import ObjectStores
import RecoveryModel

/// Where a cluster's base backups and WAL go, as its objects say.
struct StorePlace: Sendable, Equatable {
  var configuration: BarmanObjectStoreConfiguration
  /// As `s3://bucket/path`.
  var destination: String
  var server: String

  /// The server's own place. Throws `RecoveryError` for what is no address, or of no store that can be read.
  var address: StoreAddress {
    get throws(RecoveryError) {
      var address = try StoreAddress(destination)
      address.prefix += server + "/"
      return address
    }
  }
}

extension CloudNativePGFacts {
  /// nil where the cluster uses no store of Barman's, or where it is not known.
  var storePlace: StorePlace? {
    guard let configuration = cluster.archiveStore(objectStore(named:)),
      let path = configuration.destinationPath, !path.isEmpty
    else { return nil }
    return StorePlace(configuration: configuration, destination: path, server: cluster.serverName)
  }

  /// Changes when a backup may have come or gone.
  var catalogMark: String {
    let ended = (ownBackups ?? []).filter { $0.phase.isDone }
    return "\(ended.count) \(ended.lastToEnd?.name ?? "")"
  }

  /// Whether the store was read with what a recovery will read it with; nil where it uses none of Barman's.
  func storeReached(by settings: CloudNativePGSettings) -> Requirement? {
    let what = "the store answers, with the credentials that a recovery will use"
    guard storePlace != nil else { return nil }
    switch stored {
    case .value(let server, _, let at):
      if let failure = server.wal.failure ?? server.backups.failure {
        let said = "\(failure.reason); \(failure.remedy)"
        return failure.code == .denied ? .notMet(what, said) : .unknown(what, said)
      }
      guard settings.store.credentials == .cluster else {
        return .unknown(
          what,
          "\(server.path) was read at \(Format.timestamp(at)) with credentials of the console's own: "
            + "the Secret's have not been tried")
      }
      return .met(what, "\(server.path) was read with them at \(Format.timestamp(at))")
    case .unavailable(let failure, _):
      return .unknown(what, "\(failure.reason); \(failure.remedy)")
    case .pending: return .unknown(what, "it has not been read from here")
    }
  }
}

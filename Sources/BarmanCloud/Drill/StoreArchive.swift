import DrillParts
import FoundationEssentials
import Glibc
import ObjectStores
import RecoveryModel
import Synchronization
import Transports

/// What barman-cloud put into a store, as a drill on this host restores from it: by this program's own client, so that no
/// other needs the credentials.
final class StoreArchive: HostDrillArchive {
  private let settings: BarmanCloudSettings
  private let seams: StoreSeams
  private let site: HostDrillSite
  private let filter: ByteFilter
  private let processes: ProcessRunner
  private let now: @Sendable () -> Date
  private let state = Mutex(State())

  private struct State {
    /// By backup: listed in the check, unpacked after it.
    var listings: [String: BarmanRestore] = [:]
    /// By the copy's directory.
    var feeders: [String: SegmentFeeder] = [:]
  }

  let fetcher = "fetching WAL from the store"

  init(
    settings: BarmanCloudSettings, seams: StoreSeams, site: HostDrillSite,
    processes: ProcessRunner, filter: ByteFilter = .live, now: @escaping @Sendable () -> Date
  ) {
    self.settings = settings
    self.seams = seams
    self.site = site
    self.processes = processes
    self.filter = filter
    self.now = now
  }

  // MARK: Before

  func check(_ order: DrillOrder) async throws {
    let restore = try await listed(order.label)
    guard let backup = restore.backup else {
      throw DrillEnd.couldNotRun("backup \(order.label) is no longer in the store, or is not DONE")
    }
    if let encryption = restore.encryption {
      throw DrillEnd.couldNotRun(
        "backup \(order.label) is encrypted by the client "
          + "(\(Sanitizer.clean(encryption, limit: 30))): its key is not known here")
    }
    guard let major = backup.identity.majorVersion else {
      throw DrillEnd.couldNotRun("the catalog does not say which PostgreSQL made \(order.label)")
    }
    guard major >= 12 else {
      throw DrillEnd.couldNotRun("PostgreSQL \(major) is recovered in a way that is not known here")
    }
    try site.requireServer(major: major)
    if let lacking = backup.lacks.first {
      throw DrillEnd.failed("backup \(order.label) lacks \(lacking): it cannot be restored")
    }
    for segment in order.backupSegments where !restore.has(segment) {
      throw DrillEnd.failed(
        "segment \(segment), which backup \(order.label) needs to become consistent, is missing "
          + "from the archive: this backup cannot be restored")
    }
  }

  private func listed(_ label: String) async throws -> BarmanRestore {
    do throws(RecoveryError) {
      let client = try seams.store(settings.question, at: settings.address)
      let restore = try await BarmanRestore.open(
        label, client: client, prefix: settings.address.prefix, tools: seams.tools, now: now)
      state.withLock { $0.listings[label] = restore }
      return restore
    } catch {
      throw Self.end(error)
    }
  }

  /// What the store says says nothing of what lies in it.
  private static func end(_ error: RecoveryError) -> any Error {
    switch error.code {
    case .cancelled: error
    case .denied: DrillEnd.credentialsRefused("the store refuses: \(error.message)")
    default: DrillEnd.couldNotRun("the store could not be read: \(error.message)")
    }
  }

  // MARK: Restoring

  func restore(
    _ order: DrillOrder, into directory: DrillDirectory, tell: @escaping @Sendable (String) -> Void
  ) async throws {
    guard let restore = state.withLock({ $0.listings[order.label] }) else {
      throw DrillEnd.couldNotRun("backup \(order.label) was not listed")
    }
    let tree = CopyTree(directory: directory, owner: site.owner, account: site.account)
    do throws(RecoveryError) { try tree.make() } catch {
      throw DrillEnd.couldNotRun(error.message)
    }
    for tar in restore.tars {
      try await unpack(tar, of: restore, tree, place: order.place)
      tell("unpacked \(tar.name) (\(Format.bytes(tar.bytes)))")
    }
    let command = "/bin/sh \(directory.path)/fetch \(directory.path)/wal %f %p"
    do {
      for link in try await tree.dropLinks(processes) { tell("left out the link \(link)") }
      try tree.finish(
        tablespaces: restore.tars.compactMap(\.tablespace), script: SegmentFeeder.script,
        settings: StopSettings(order: order, restoreCommand: command).lines)
    } catch let error as RecoveryError where error.code != .cancelled {
      throw DrillEnd.couldNotRun(error.message)
    }
    let feeder = SegmentFeeder(restore, directory: directory.path + "/wal", owner: site.owner)
    state.withLock { $0.feeders[directory.path] = feeder }
    await feeder.start()
  }

  private func unpack(
    _ tar: BarmanRestore.Tar, of restore: BarmanRestore, _ tree: CopyTree, place: String
  ) async throws {
    let target: String
    do throws(RecoveryError) { target = try tree.target(of: tar.tablespace) } catch {
      throw DrillEnd.couldNotRun(error.message)
    }
    let filterOption = tar.decompressor.map { ["-I", $0] } ?? []
    let request = ProcessRequest(
      "tar", ["-x", "-f", "-", "--no-same-owner", "-C", target] + filterOption,
      environment: withoutKeys.merging(["LC_ALL": "C"]) { $1 }, account: site.account,
      deadline: 7 * 86_400)
    let result: ProcessResult
    do {
      result = try await filter.run(request, restore.source(of: tar)) { _ in true }
    } catch let damaged as DamagedTar {
      throw DrillEnd.failed("\(damaged.name) of backup \(restore.id) is damaged: \(damaged.words)")
    } catch let error as RecoveryError where error.code != .cancelled {
      throw Self.end(error)
    }
    guard result.status != 0 else { return }
    let said = Sanitizer.clean(
      result.error.split(whereSeparator: \.isNewline).suffix(3).joined(separator: "; "), limit: 300)
    let free = FileText.freeBytes(target) ?? .max
    let fault =
      MachineFault(said: said) ?? (free < CopyEnding.cramped ? .full : nil)
      ?? MachineFault.signal(ofStatus: result.status).flatMap { MachineFault(signal: $0) }
      ?? (said.contains("Cannot exec") || said.contains("Permission denied") ? .tool : nil)
    if let fault { throw DrillEnd.couldNotRun(fault.words("tar", said: said, place: place)) }
    throw DrillEnd.failed("\(tar.name) of backup \(restore.id) cannot be unpacked: \(said)")
  }

  // MARK: The copy

  func environment(_ directory: DrillDirectory) -> [String: String] { withoutKeys }

  /// What the copy and its helpers have no use for: keys of the store that stand in our own environment.
  private var withoutKeys: [String: String] {
    Dictionary(
      seams.environment().keys.filter { $0.hasPrefix("AWS_") || $0.hasPrefix("AZURE_") }
        .map { ($0, "") }, uniquingKeysWith: { first, _ in first })
  }

  func end(fetching log: RecoveryLog, isCramped: Bool, place: String) async -> DrillEnd? {
    // One copy runs at a time.
    for feeder in state.withLock({ Array($0.feeders.values) }) {
      if let failure = await feeder.failure, let end = Self.end(failure) as? DrillEnd {
        return end
      }
      if let damage = await feeder.damage {
        return .failed("segment \(damage); replay cannot go on")
      }
    }
    return nil
  }

  func close(_ directory: DrillDirectory) async {
    let feeder = state.withLock { state in
      state.listings = [:]
      return state.feeders.removeValue(forKey: directory.path)
    }
    await feeder?.stop()
  }
}

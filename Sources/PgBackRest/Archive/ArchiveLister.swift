import FoundationEssentials
import RecoveryModel
import Transports

/// Lists the archive, one listing at a time and never all over again while that is dear: what took long is listed whole
/// seldom, and in between only where something can have changed.
actor ArchiveLister {
  struct Look: Sendable {
    var listing: ArchiveListing
    /// When it began to be listed: what was archived since may not be in it.
    var at: Date
    /// When it was last listed whole.
    var wholeAt: Date
    /// Seconds that the whole listing took.
    var took: Double
  }

  private let ask: @Sendable (_ path: String, _ recurse: Bool) async throws(RecoveryError) -> String
  private let undecodable: @Sendable (String) -> RecoveryError
  private let now: @Sendable () -> Date
  private(set) var last: Look?
  private var lastFailure: RecoveryError?
  private var beganAt: Date?
  private let listing: PatientTask
  /// Rings when a listing ends that nobody has waited for to its end.
  nonisolated let late: QuestionBell

  /// Seconds that a look waits; the listing goes on all the same. Longer, and what the other sources have answered
  /// meanwhile would count no more.
  static let patience = 8.0
  /// Seconds; a listing that takes longer is dear.
  private static let dear = 2.0
  /// A dear one is done whole again after so many times its length, and never before so many seconds.
  private static let wholeTimes = 20.0
  private static let wholePace = 600.0
  /// At most a fifth of the time is spent on listing.
  private static let restTimes = 4.0

  init(
    ask:
      @escaping @Sendable (_ path: String, _ recurse: Bool) async throws(RecoveryError) -> String,
    undecodable: @escaping @Sendable (String) -> RecoveryError,
    now: @escaping @Sendable () -> Date,
    pause: @escaping @Sendable (Double) async -> Void = { try? await Task.sleep(for: .seconds($0)) }
  ) {
    self.ask = ask
    self.undecodable = undecodable
    self.now = now
    listing = PatientTask(pause: pause)
    late = listing.late
  }

  /// The listing, at most as old as its price allows. Throws `RecoveryError`: underWay while the first is.
  func look() async throws(RecoveryError) -> Look {
    let isUnderWay = await listing.isUnderWay
    if let last, !isUnderWay, rests(last) { return last }
    if !isUnderWay { beganAt = now() }
    let hasEnded = await listing.run(within: Self.patience) { await self.listAnew() }
    if hasEnded, let lastFailure { throw lastFailure }
    guard let last else { throw stillListing() }
    return last
  }

  private func rests(_ look: Look) -> Bool {
    let age = now().timeIntervalSince(look.at)
    return age >= 0 && look.took > Self.dear && age < Self.restTimes * look.took
  }

  private func stillListing() -> RecoveryError {
    .underWay("the archive is still being listed", since: beganAt)
  }

  private func listAnew() async {
    do throws(RecoveryError) {
      last = try await list(last, began: now())
      lastFailure = nil
    } catch {
      last = nil
      lastFailure = error
    }
  }

  // MARK: Whole, or what changed

  private func list(_ former: Look?, began: Date) async throws(RecoveryError) -> Look {
    if let former, former.took > Self.dear,
      began.timeIntervalSince(former.wholeAt) < max(Self.wholePace, Self.wholeTimes * former.took),
      let listing = try await advanced(former.listing)
    {
      var look = former
      look.listing = listing
      look.at = began
      return look
    }
    let listing = try await read(try await ask("", true), prefix: nil)
    let took = max(0, now().timeIntervalSince(began))
    return Look(listing: listing, at: began, wholeAt: began, took: took)
  }

  /// nil where only a whole listing tells: another database archives now.
  private func advanced(_ former: ArchiveListing) async throws(RecoveryError) -> ArchiveListing? {
    guard let id = former.newestID, var archive = former.archives[id] else { return nil }
    let top = try await read(try await ask(id, false), prefix: id)
    guard top.archives.keys.allSatisfy({ $0 == id }), let found = top.archives[id] else {
      return nil
    }
    var next = former
    // Some answer with all that lies below: then nothing is left to ask.
    guard found.files.isEmpty else {
      next.archives[id] = found
      return next
    }
    let newest = [found.directories.max(), archive.directories.max()].compactMap { $0 }
    let changed = found.directories.filter {
      !archive.directories.contains($0) || newest.contains($0) || $0 == found.directories.min()
    }
    var fresh: [ArchiveListing.Archive] = []
    for directory in changed.sorted() {
      let name = Self.name(directory)
      let part = try await read(try await ask("\(id)/\(name)", false), prefix: id)
      if let part = part.archives[id] { fresh.append(part) }
    }
    let gone = archive.directories.subtracting(found.directories)
    archive.replace(changed.union(gone), with: fresh)
    archive.directories = found.directories
    archive.histories = found.histories
    next.archives[id] = archive
    return next
  }

  private func read(
    _ json: String, prefix: String?
  ) async throws(RecoveryError) -> ArchiveListing {
    do { return try await ListingReader().listing(json, prefix: prefix) } catch {
      if Task.isCancelled { throw RecoveryError(.cancelled, "listing the archive was cancelled") }
      throw undecodable(json)
    }
  }

  private static func name(_ directory: UInt64) -> String {
    let digits = String(directory, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 16 - digits.count)) + digits
  }
}

/// Reads a listing on a thread of its own: one of 200,000 lines takes seconds, in which others are answered.
private actor ListingReader {
  private let executor = BlockingExecutor()

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  func listing(_ json: String, prefix: String?) throws -> ArchiveListing {
    try ArchiveListing(json: json, prefix: prefix)
  }
}

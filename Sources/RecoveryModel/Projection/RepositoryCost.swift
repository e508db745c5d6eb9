import FoundationEssentials

/// What the repository holds, how fast that grows, and what keeping it costs at an assumed price.
package struct RepositoryCost: Sendable, Equatable {
  /// USD; about what object stores and rented disks ask. An assumption until the configuration says better.
  package static let defaultPricePerGiBMonth = 0.005

  private static let day = 86_400.0
  private static let gibibyte = 1_073_741_824.0
  private static let recent = 7

  /// Bytes stored now: base backups and WAL.
  package var bytes: Int64
  /// Bytes added per day by WAL, over the last day; nil = not watched long enough.
  package var walPerDay: Int64?
  /// Bytes added per day by base backups at the declared interval; nil = no size is known.
  package var backupsPerDay: Int64?
  /// Days that are kept; nil = without an end, or unknown.
  package var keptDays: Double?
  /// USD per GiB and month.
  package var pricePerGiBMonth: Double

  /// Bytes per day before anything expires; nil while either part is unknown.
  package var growthPerDay: Int64? {
    guard let walPerDay, let backupsPerDay else { return nil }
    return walPerDay + backupsPerDay
  }

  /// USD a month for what lies there now.
  package var perMonth: Double { cost(of: bytes) }

  /// What it settles at once as much expires as is added; never less than what lies there now.
  package var settledBytes: Int64? {
    guard let growthPerDay, let keptDays else { return nil }
    let settled = Double(growthPerDay) * keptDays
    return settled < 9e18 ? max(bytes, Int64(settled)) : nil
  }

  package func cost(of bytes: Int64) -> Double { Double(bytes) / Self.gibibyte * pricePerGiBMonth }

  /// nil while neither the repository's size nor its contents are known.
  package init?(
    catalog: BackupCatalog?, archive: WALArchive?, storage: StorageUsage?,
    policy: RetentionPolicy?, targets: RecoveryTargets, pricePerGiBMonth: Double, now: Date
  ) {
    let added = (catalog?.backups ?? []).compactMap(\.repositoryAddedBytes)
    let stored = archive?.segments.reduce(0) { $0 + $1.storedBytes }
    let counted = catalog == nil || archive == nil ? nil : added.reduce(0, +) + (stored ?? 0)
    guard let bytes = storage?.repositoryBytes ?? counted else { return nil }
    self.bytes = bytes
    self.pricePerGiBMonth = pricePerGiBMonth
    walPerDay = archive.flatMap { WALRate(archive: $0, now: now) }
      .map { Int64($0.storedBytes * Self.day) }
    let newest = added.suffix(Self.recent)
    if !newest.isEmpty, targets.backupInterval > 0 {
      let mean = Double(newest.reduce(0, +)) / Double(newest.count)
      backupsPerDay = Int64(mean * Self.day / targets.backupInterval)
    }
    let kept = policy?.period ?? policy?.fullCount.map { Double($0) * targets.backupInterval }
    keptDays = kept.map { $0 / Self.day }
  }

  /// `USD 0.31 a month`; under a cent it says so.
  package static func words(_ dollars: Double) -> String {
    guard dollars.isFinite, dollars < 1e12 else { return "unknown" }
    if dollars < 0.01 { return "under USD 0.01 a month" }
    let cents = Int64((dollars * 100).rounded())
    let rest = cents % 100
    return "USD \(cents / 100).\(rest < 10 ? "0" : "")\(rest) a month"
  }

  /// The same of what is an estimate: `about USD 0.31 a month`.
  package static func roughly(_ dollars: Double) -> String {
    dollars < 0.01 ? words(dollars) : "about \(words(dollars))"
  }

  /// The price as it was given: `0.005`, `0.023`; at most five decimals.
  package var priceWords: String {
    let scaled = Int64((min(max(pricePerGiBMonth, 0), 1e9) * 100_000).rounded())
    var decimals = String(scaled % 100_000)
    decimals = String(repeating: "0", count: 5 - decimals.count) + decimals
    while decimals.count > 2, decimals.last == "0" { decimals.removeLast() }
    return "\(scaled / 100_000).\(decimals)"
  }
}

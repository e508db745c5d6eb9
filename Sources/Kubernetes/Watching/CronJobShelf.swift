import FoundationEssentials

/// CronJobs by namespace, listed once for all who ask about the same one.
package actor CronJobShelf {
  private struct Listing {
    var jobs: Task<[CronJob], Never>
    var at: Date
  }

  private var listings: [String: Listing] = [:]

  package init() {}

  /// Those in a namespace, listed at most `age` seconds ago; none where `list` answers nil, as for want of the right.
  package func jobs(
    in namespace: String, age: Double, now: Date,
    list: @escaping @Sendable () async -> [CronJob]?
  ) async -> [CronJob] {
    if let listing = listings[namespace], abs(now.timeIntervalSince(listing.at)) < age {
      return await listing.jobs.value
    }
    let jobs = Task { await list() ?? [] }
    listings[namespace] = Listing(jobs: jobs, at: now)
    return await jobs.value
  }
}

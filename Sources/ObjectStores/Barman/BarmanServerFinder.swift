import RecoveryModel

/// Finds what Barman calls servers below a prefix: the places that have `base/` or `wals/` in them.
struct BarmanServerFinder {
  let client: any ObjectStore

  /// Destination paths nest no deeper in practice, and every level is a request per directory.
  private static let depth = 4
  /// A bucket of something else may have any number of directories.
  private static let mostListings = 200

  /// Prefixes, each with a slash at its end or empty for the bucket itself; in order. Throws `RecoveryError`.
  func servers(under prefix: String) async throws(RecoveryError) -> [String] {
    var servers: [String] = []
    var level = [prefix]
    var listings = 0
    for _ in 0...Self.depth {
      guard !level.isEmpty else { break }
      guard listings + level.count <= Self.mostListings else {
        throw RecoveryError(
          .refused,
          "below \(client.words(prefix)) there are more than \(Self.mostListings) "
            + "directories",
          remedy: "name the place more closely: s3://BUCKET/PREFIX/SERVER")
      }
      listings += level.count
      let client = client
      let pages = try await concurrently(level) { directory throws(RecoveryError) in
        var directories: [String] = []
        try await client.listAll(prefix: directory, delimiter: "/") { directories += $0.prefixes }
        return directories
      }
      var next: [String] = []
      for (directory, below) in zip(level, pages) {
        if below.contains(directory + "base/") || below.contains(directory + "wals/") {
          servers.append(directory)
        } else {
          next += below
        }
      }
      level = next
    }
    return servers.sorted()
  }
}

/// Several connections do what one would take its time for; answers in the order of the questions. The first error ends it.
func concurrently<Item: Sendable, Answer: Sendable>(
  _ items: [Item], atOnce limit: Int = 8,
  _ ask: @escaping @Sendable (Item) async throws(RecoveryError) -> Answer
) async throws(RecoveryError) -> [Answer] {
  do {
    return try await withThrowingTaskGroup(of: (Int, Answer).self) { group in
      var waiting = items.enumerated().makeIterator()
      func start() {
        guard let (index, item) = waiting.next() else { return }
        group.addTask { (index, try await ask(item)) }
      }
      for _ in 0..<limit { start() }
      var answers: [(Int, Answer)] = []
      while let answer = try await group.next() {
        answers.append(answer)
        start()
      }
      return answers.sorted { $0.0 < $1.0 }.map(\.1)
    }
  } catch let error as RecoveryError {
    throw error
  } catch {
    throw RecoveryError(.cancelled, "the look at the store was cancelled")
  }
}

extension DrillRecord {
  package var tally: SmokeTestTally { SmokeTestTally(tests.map(\.passed)) }

  /// `3/4 tests passed, not run: users`, `4 tests not run`; nil without any.
  package var testWords: String? {
    let (tally, count) = (tally, tests.count)
    guard count > 0 else { return nil }
    if tally.notRun == count { return count == 1 ? "the test not run" : "\(count) tests not run" }
    return ["\(tally.passed)/\(count) tests passed", named(false), named(nil)]
      .compactMap { $0 }.joined(separator: ", ")
  }

  private func named(_ passed: Bool?) -> String? {
    let names = tests.filter { $0.passed == passed }.map { Sanitizer.clean($0.name, limit: 60) }
    return names.isEmpty
      ? nil : "\(SmokeTestResult.word(for: passed)): \(names.joined(separator: ", "))"
  }
}

/// How many smoke tests came to what. One that could not be judged is neither passed nor failed, and is never left out.
package struct SmokeTestTally: Sendable, Equatable {
  package var passed = 0
  package var failed = 0
  package var notRun = 0

  /// nil = could not be judged.
  package init(_ results: [Bool?]) {
    for result in results {
      switch result {
      case true: passed += 1
      case false: failed += 1
      case nil: notRun += 1
      }
    }
  }

  package var count: Int { passed + failed + notRun }

  /// For a narrow column: `3/4`, `not run`.
  package var short: String {
    count == 0 ? "-" : notRun == count ? SmokeTestResult.word(for: nil) : "\(passed)/\(count)"
  }
}

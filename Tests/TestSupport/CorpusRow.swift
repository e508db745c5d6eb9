import Glibc

/// A state of a corpus: what was said of it before and after it was planted, and what is true.
package struct CorpusRow: Sendable {
  /// What a restore brings back of what it should.
  package enum Truth: Sendable, Equatable {
    case all
    case upTo(mark: Int, of: Int)
    case nothing(String)
    /// Known without a restore: what it comes to, and from where that is known.
    case known(String, from: String)

    var words: String {
      switch self {
      case .all: "all"
      case .upTo(let mark, let all): "marks to \(mark) of \(all)"
      case .nothing(let why): "nothing: \(why)"
      case .known(let what, let source): "\(what) [\(source)]"
      }
    }
  }

  package var id: String
  package var before: String
  package var after: String
  /// nil = nobody asked.
  package var truth: Truth?
  package var isLie: Bool
  package var isAsExpected: Bool
  package var seconds: Double

  package init(
    id: String, before: String, after: String, truth: Truth?, isLie: Bool, isAsExpected: Bool,
    seconds: Double
  ) {
    self.id = id
    self.before = before
    self.after = after
    self.truth = truth
    self.isLie = isLie
    self.isAsExpected = isAsExpected
    self.seconds = seconds
  }

  private static let good = ["PROVEN", "LIKELY"]

  package var isFalseGreen: Bool { isLie && Self.good.contains(after) }
  package var isFalseRed: Bool {
    !isLie && !Self.good.contains(after) || !Self.good.contains(before)
  }
}

extension [CorpusRow] {
  /// As `make corpus` prints it.
  package var table: String {
    func padded(_ text: String, _ width: Int) -> String {
      text.count < width ? text + String(repeating: " ", count: width - text.count) : text + " "
    }
    let width = Swift.max(20, (map(\.id.count).max() ?? 0) + 2)
    let lines = map { row in
      padded(row.id, width) + padded(row.before, 9) + padded(row.after, 17)
        + padded(row.isFalseGreen ? "FALSE GREEN" : row.isFalseRed ? "FALSE RED" : "right", 13)
        + (row.truth?.words ?? "not asked")
    }
    let lies = filter(\.isLie)
    let healthy = filter { !$0.isLie }
    let end =
      "\(lies.count) lies: \(lies.count(where: \.isFalseGreen)) false green; \(healthy.count) healthy: "
      + "\(filter(\.isFalseRed).count) false red"
    return ([""] + lines + [end]).joined(separator: "\n")
  }

  /// Two in a hundred healthy states may be called worse than they are.
  package var hasTooMuchFalseRed: Bool {
    filter(\.isFalseRed).count * 50 > filter { !$0.isLie }.count
  }
}

/// Which rows of a corpus are planted: `PGVIGIL_CORPUS` is `all`, or some of their names with commas between them.
package enum CorpusChoice {
  private static let wanted = getenv("PGVIGIL_CORPUS").map { String(cString: $0) }

  /// Somebody asked for rows, and wants to see them.
  package static var isPrinted: Bool { wanted != nil }

  /// `sample`: whether it is planted where nobody asked. Names have commas of their own.
  package static func isWanted(_ id: String, sample: Bool) -> Bool {
    guard let wanted else { return sample }
    return wanted == "all" || ",\(wanted),".contains(",\(id),")
  }
}

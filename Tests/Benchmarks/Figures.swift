import Foundation

/// One measured series, in the unit of its row.
struct Series {
  var values: [Double]

  init(_ values: [Double]) { self.values = values.sorted() }

  var median: Double { percentile(0.5) }

  /// Nearest-rank percentile, 0...1; NaN when nothing was measured.
  func percentile(_ fraction: Double) -> Double {
    guard !values.isEmpty else { return .nan }
    let rank = Int((fraction * Double(values.count)).rounded(.up)) - 1
    return values[min(max(0, rank), values.count - 1)]
  }

  /// `median (low-high)`, the spread from the 10th to the 90th percentile.
  func text(_ unit: String) -> String {
    guard !values.isEmpty else { return "not measured" }
    let low = number(percentile(0.1))
    let high = number(percentile(0.9))
    return values.count == 1 || low == high
      ? "\(number(median)) \(unit)" : "\(number(median)) \(unit) (\(low)-\(high))"
  }

  private func number(_ value: Double) -> String {
    value >= 100
      ? String(format: "%.0f", value) : String(format: value >= 10 ? "%.1f" : "%.2f", value)
  }
}

/// A row of the table: what, the goal, ours, the peer's or the raw tool's.
struct Figure {
  var name: String
  var goal: String
  var ours: String
  var peer: String
  /// nil = there is nothing to judge.
  var met: Bool?
  var note = ""

  static func print(_ figures: [Figure]) {
    let header = ["figure", "goal", "pgvigil", "peer (same run)", ""]
    let rows = figures.map { figure in
      [
        figure.name, figure.goal, figure.ours, figure.peer,
        figure.met.map { $0 ? "met" : "MISSED" } ?? "-",
      ]
    }
    let widths = header.indices.map { column in
      ([header] + rows).map { $0[column].count }.max() ?? 0
    }
    for row in [header, widths.map { String(repeating: "-", count: $0) }] + rows {
      let cells = zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
      Swift.print(cells.joined(separator: "  "))
    }
    for figure in figures where !figure.note.isEmpty {
      Swift.print("* \(figure.name): \(figure.note)")
    }
  }
}

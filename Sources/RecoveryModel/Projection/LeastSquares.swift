/// Weighted least squares with coefficients that cannot be negative, each drawn towards a prior.
///
/// Every coefficient has a prior, so there is an answer even without a single row. Small and exact: the normal
/// equations are solved with the negative coefficients taken out one by one.
struct LeastSquares: Sendable, Equatable {
  struct Prior: Sendable, Equatable {
    var mean: Double
    /// How far from `mean` the truth is expected to lie.
    var spread: Double
  }

  private let priors: [Prior]
  private var matrix: [[Double]]
  private var vector: [Double]

  init(priors: [Prior]) {
    self.priors = priors
    matrix = priors.indices.map { row in
      priors.indices.map { $0 == row ? 1 / (priors[row].spread * priors[row].spread) : 0 }
    }
    vector = priors.map { $0.mean / ($0.spread * $0.spread) }
  }

  /// Adds an observation that may be off by `deviation`; `weight` scales what it counts for. Rows that are not
  /// finite are left out.
  mutating func add(_ features: [Double], target: Double, deviation: Double, weight: Double) {
    guard features.count == priors.count, target.isFinite, deviation > 0, weight > 0,
      features.allSatisfy(\.isFinite)
    else { return }
    let scale = weight / (deviation * deviation)
    for row in features.indices {
      vector[row] += scale * features[row] * target
      for column in features.indices {
        matrix[row][column] += scale * features[row] * features[column]
      }
    }
  }

  /// The coefficients, none below zero.
  func solve() -> [Double] {
    var active = Array(priors.indices)
    while !active.isEmpty {
      let solution = Self.solve(
        active.map { row in active.map { matrix[row][$0] } }, active.map { vector[$0] })
      guard let lowest = solution.min(), lowest < 0, let index = solution.firstIndex(of: lowest)
      else {
        var result = [Double](repeating: 0, count: priors.count)
        for (position, coefficient) in zip(active, solution) { result[position] = coefficient }
        return result
      }
      active.remove(at: index)
    }
    return [Double](repeating: 0, count: priors.count)
  }

  /// Variance of a prediction that comes from the coefficients' own uncertainty.
  func variance(of features: [Double]) -> Double {
    let solution = Self.solve(matrix, features)
    return max(0, zip(features, solution).reduce(0) { $0 + $1.0 * $1.1 })
  }

  /// Gaussian elimination with row exchange; the priors keep the matrix positive definite.
  private static func solve(_ matrix: [[Double]], _ vector: [Double]) -> [Double] {
    var rows = zip(matrix, vector).map { $0 + [$1] }
    let count = rows.count
    for pivot in 0..<count {
      let best = (pivot..<count).max { abs(rows[$0][pivot]) < abs(rows[$1][pivot]) } ?? pivot
      rows.swapAt(pivot, best)
      guard rows[pivot][pivot] != 0 else { continue }
      for row in (pivot + 1)..<max(count, pivot + 1) {
        let factor = rows[row][pivot] / rows[pivot][pivot]
        for column in pivot...count { rows[row][column] -= factor * rows[pivot][column] }
      }
    }
    var solution = [Double](repeating: 0, count: count)
    for row in (0..<count).reversed() where rows[row][row] != 0 {
      let known = ((row + 1)..<max(count, row + 1)).reduce(0) { $0 + rows[row][$1] * solution[$1] }
      solution[row] = (rows[row][count] - known) / rows[row][row]
    }
    return solution
  }
}

/// Where all rectangles come from: a length divided by rows of fixed, minimum and flexible parts.
package enum Split {
  package enum Part: Sendable, Equatable {
    case fixed(Int)
    /// A share of what is left, by weight.
    case flexible(Int = 1)
  }

  /// Cuts `rect` from the top; what does not fit gets height 0.
  package static func rows(_ rect: Rect, _ parts: [Part]) -> [Rect] {
    var y = rect.y
    return lengths(rect.height, parts).map { height in
      defer { y += height }
      return Rect(x: rect.x, y: y, width: rect.width, height: height)
    }
  }

  /// Cuts `rect` from the left.
  package static func columns(_ rect: Rect, _ parts: [Part]) -> [Rect] {
    var x = rect.x
    return lengths(rect.width, parts).map { width in
      defer { x += width }
      return Rect(x: x, y: rect.y, width: width, height: rect.height)
    }
  }

  private static func lengths(_ total: Int, _ parts: [Part]) -> [Int] {
    var left = total
    var weights = 0
    for part in parts {
      switch part {
      case .fixed(let length): left -= length
      case .flexible(let weight): weights += weight
      }
    }
    var flexible = max(0, left)
    var remaining = total
    return parts.map { part in
      var length: Int
      switch part {
      case .fixed(let wanted): length = wanted
      case .flexible(let weight):
        length = weights > 0 ? flexible * weight / weights : 0
        flexible -= length
        weights -= weight
      }
      length = max(0, min(length, remaining))
      remaining -= length
      return length
    }
  }
}

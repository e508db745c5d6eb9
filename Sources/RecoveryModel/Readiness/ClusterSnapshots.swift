/// The clusters of a picture. Each lies in memory of its own, which the next picture shares unless it has changed: a
/// thousand are held once, not with every picture.
package struct ClusterSnapshots: Sendable, Equatable {
  private var boxes: [Boxed<ClusterSnapshot>]

  package init(_ boxes: [Boxed<ClusterSnapshot>]) { self.boxes = boxes }

  package init(_ clusters: some Sequence<ClusterSnapshot>) {
    boxes = clusters.map(Boxed.init(wrappedValue:))
  }

  package mutating func replace(at place: Int, by box: Boxed<ClusterSnapshot>) {
    boxes[place] = box
  }
}

extension ClusterSnapshots: RandomAccessCollection, RangeReplaceableCollection, MutableCollection {
  package init() { boxes = [] }

  package var startIndex: Int { boxes.startIndex }
  package var endIndex: Int { boxes.endIndex }

  /// Read in place: a copy would count every reference within.
  package subscript(place: Int) -> ClusterSnapshot {
    _read { yield boxes[place].wrappedValue }
    set { boxes[place] = Boxed(wrappedValue: newValue) }
  }

  package mutating func replaceSubrange(
    _ places: Range<Int>, with clusters: some Collection<ClusterSnapshot>
  ) {
    boxes.replaceSubrange(places, with: clusters.map(Boxed.init(wrappedValue:)))
  }
}

extension ClusterSnapshots: ExpressibleByArrayLiteral {
  package init(arrayLiteral clusters: ClusterSnapshot...) { self.init(clusters) }
}

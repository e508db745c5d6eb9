/// A value in memory of its own: copies hold it once, and so do neighbours that say the same and were told so by `share`.
/// For what is big beside how often it changes: each change makes another box.
@propertyWrapper
package struct Boxed<Value: Sendable>: Sendable {
  private final class Box: Sendable {
    let value: Value
    init(_ value: Value) { self.value = value }
  }
  private var box: Box

  package init(wrappedValue: Value) { box = Box(wrappedValue) }

  /// Read in place, without a copy.
  package var wrappedValue: Value {
    _read { yield box.value }
    set { box = Box(newValue) }
  }

  /// The memory itself, to be held elsewhere too.
  package var projectedValue: Boxed { self }
}

extension Boxed: Equatable where Value: Equatable {
  package static func == (one: Boxed, other: Boxed) -> Bool {
    one.box === other.box || one.box.value == other.box.value
  }

  /// From now on held in the other's memory, where both say the same.
  package mutating func share(_ other: Boxed) {
    if self == other { box = other.box }
  }

  /// Makes no box for what it says already.
  package mutating func change(_ body: (inout Value) -> Void) {
    var value = box.value
    body(&value)
    if value != box.value { box = Box(value) }
  }
}

extension Boxed: Decodable where Value: Decodable {
  package init(from decoder: any Decoder) throws {
    self.init(wrappedValue: try Value(from: decoder))
  }
}

import FoundationEssentials
import TestSupport
import Testing

@testable import RecoveryModel

/// A list of segments tells what went into it, in whatever order that came.
@Suite struct SegmentListTests {
  private static func archived(
    _ number: UInt64, timeline: UInt32 = 1, bytes: Int64 = 70_000, at seconds: Double? = 0
  ) -> ArchivedSegment {
    ArchivedSegment(
      segment: WALSegment(timeline: timeline, number: number), storedBytes: bytes,
      archivedAt: seconds.map { Fixture.date.addingTimeInterval($0) })
  }

  static let lists: [[ArchivedSegment]] = [
    [],
    (0..<600).map { archived($0, bytes: Int64($0), at: Double($0) * 1.25) },
    // Holes, a promotion, no time, a time far from the first.
    [
      archived(1), archived(2, at: nil), archived(4, at: nil), archived(5, at: 30 * 86_400),
      archived(6, at: -400 * 86_400), archived(3, timeline: 2, bytes: 1 << 30),
      archived(4, timeline: 2, bytes: 0),
    ],
    // As nobody sorted them, and twice.
    [archived(9), archived(8), archived(8, bytes: 3), archived(9), archived(.max), archived(0)],
  ]

  @Test(arguments: lists)
  func itTellsWhatWentIn(all: [ArchivedSegment]) {
    let list = SegmentList(all)
    #expect(Array(list) == all)
    #expect(list.indices.map { list[$0] } == all)
    #expect(list.count == all.count && list.first == all.first && list.last == all.last)
    #expect(list.storedBytes == all.reduce(0) { $0 + $1.storedBytes })
    #expect(list.compacted == list)
    let numbers = list.stretches.flatMap { stretch in
      (0..<stretch.count).map { stretch.first.number &+ UInt64($0) }
    }
    #expect(numbers == all.map(\.segment.number))
    #expect(Array(list.suffix(3)) == all.suffix(3))
  }

  @Test func otherNumbersLeaveSizesAndTimes() {
    let list = SegmentList(Self.lists[1] + [Self.archived(900), Self.archived(3, timeline: 2)])
    let higher = list.renumbered { WALSegment(timeline: $0.timeline, number: $0.number + 7) }
    #expect(higher?.map(\.segment.number) == list.map { $0.segment.number + 7 })
    #expect(higher?.map(\.storedBytes) == list.map(\.storedBytes))
    #expect(higher?.map(\.archivedAt) == list.map(\.archivedAt))
    // One stretch that would be torn apart, and one that has no number.
    #expect(list.renumbered { WALSegment(timeline: 1, number: $0.number / 2) } == nil)
    #expect(list.renumbered { $0.timeline == 1 ? $0 : nil } == nil)
  }

  @Test(arguments: lists.dropFirst())
  func itChangesAsAnArrayDoes(all: [ArchivedSegment]) {
    var list = SegmentList(all)
    var array = all
    list.truncate(to: 4)
    array.removeSubrange(4...)
    #expect(Array(list) == array)
    list.append(contentsOf: all)
    array += all
    list.removeAll { $0.segment.number % 2 == 0 }
    array.removeAll { $0.segment.number % 2 == 0 }
    #expect(Array(list) == array)
    list.replaceSubrange(1..<2, with: all.prefix(2))
    array.replaceSubrange(1..<2, with: all.prefix(2))
    #expect(Array(list) == array)
    list[0].archivedAt = nil
    array[0].archivedAt = nil
    #expect(Array(list) == array)
  }

  @Test("lists are alike by what they hold")
  func equality() {
    let all = Self.lists[1]
    var cut = SegmentList(all.dropFirst(300))
    cut.replaceSubrange(0..<0, with: all.prefix(300))
    var other = SegmentList(all.prefix(1))
    other.append(contentsOf: all.dropFirst())
    #expect(cut == SegmentList(all) && other == cut)
    other[599].storedBytes += 1
    #expect(other != cut)
    #expect(SegmentList(all.dropLast()) != cut)
  }

  @Test func orderIsToldByTheStretches() {
    #expect(Self.lists.map { SegmentList($0).isStrictlySorted } == [true, true, true, false])
    #expect(!SegmentList([Self.archived(4), Self.archived(4)]).isStrictlySorted)
  }

  @Test("a hundred thousand in a row take eight bytes each")
  func memory() {
    #expect(SegmentList.bytesPerSegment == 8)
    let list = SegmentList((0..<100_000).map { Self.archived($0, at: Double($0)) })
    #expect(list.stretches.count == 1)
  }
}

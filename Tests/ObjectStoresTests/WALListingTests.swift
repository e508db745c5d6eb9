import FoundationEssentials
import ObjectStoreStandIn
import RecoveryModel
import Testing

@testable import ObjectStores

@Suite struct WALListingTests {
  private func listing(_ files: [(path: String, bytes: Int64)]) -> WALListing {
    var listing = WALListing()
    for (path, bytes) in files {
      listing.take(
        path: path[...],
        StoredObject(key: "p/wals/" + path, bytes: bytes, modifiedAt: BucketInMemory.now))
    }
    listing.sort()
    return listing
  }

  private let directory = "0000000100000002/"
  private func name(_ index: String, _ suffix: String = "") -> String {
    directory + "0000000100000002000000" + index + suffix
  }

  @Test func namesAreSortedIntoWhatTheyAre() {
    let listing = listing([
      (name("01", ".gz"), 16_000), (name("02"), 16 << 20), (name("03", ".zst"), 900),
      (name("04", ".partial.bz2"), 800), (name("01", ".00000028.backup.gz"), 200),
      ("0000000A.history.xz", 50), ("00000002.history", 50), (directory, 0),
      (name("05", ".gz.tmp"), 9), (name("06", ".gpg"), 9), ("0000000100000003/" + "x", 1),
      // In another log's directory, and as no PostgreSQL writes it.
      ("0000000100000001/000000010000000200000007.gz", 16_000),
      (directory + "00000001000000020000000a.gz", 16_000),
    ])
    #expect(listing.files.count == 4)
    #expect(listing.files.map(\.name).contains("000000010000000200000004.partial.bz2"))
    #expect(listing.histories.map(\.timeline) == [2, 10])
    #expect(listing.marks == 1)
    #expect(listing.strays.count == 5)
  }

  @Test(arguments: [
    (name: "01", bytes: Int64(16 << 20), fits: true), ("01", 0, false), ("01", 16_777_215, false),
    ("01.gz", 0, false), ("01.gz", 20, false), ("01.gz", 16_384, true),
    ("01.gz", 16 << 20, true), ("01.gz", 20 << 20, false), ("01.lz4", 65_000, true),
  ])
  func sizesThatCannotBeSpoil(file: String, bytes: Int64, fits: Bool) {
    let listing = listing([(directory + "0000000100000002000000" + file, bytes)])
    var twins = 0
    let archive = listing.archive(segmentSize: 16 << 20, switches: [], twins: &twins)
    #expect(archive.segments.count == (fits ? 1 : 0))
    #expect(archive.spoiled.map(\.fault) == (fits ? [] : [.wrongSize(bytes)]))
    #expect(twins == 0)
  }

  /// Barman's restore fetches all of them, one over the other: the last name is what PostgreSQL gets.
  @Test(arguments: [
    (plain: Int64(16 << 20), gzip: Int64(16_000), good: true), (0, 16_000, true),
    (16 << 20, 0, false),
  ])
  func ofTwinsTheLastNameCounts(plain: Int64, gzip: Int64, good: Bool) {
    let listing = listing([(name("01", ".gz"), gzip), (name("01"), plain)])
    var twins = 0
    let archive = listing.archive(segmentSize: 16 << 20, switches: [], twins: &twins)
    #expect(twins == 1)
    #expect(archive.segments.map(\.storedBytes) == (good ? [gzip] : []))
    #expect(archive.spoiled.count == (good ? 0 : 1))
  }

  @Test func aPartialFileAloneIsNoSegment() {
    var twins = 0
    let archive = listing([(name("01", ".partial.gz"), 16_000)])
      .archive(segmentSize: 16 << 20, switches: [], twins: &twins)
    #expect(archive.segments.isEmpty)
    #expect(archive.spoiled.map(\.fault) == [.halfWritten])
  }

  /// Most archives are of one compression: they are not looked at file by file, and come out the same.
  @Test func whatIsOfOneKindComesOutAsWhatIsNot() {
    let plain: [(path: String, bytes: Int64)] =
      [1, 2, 4, 5].map { (name("0\($0)", ".gz"), 16_000 + $0) } + [
        (name("05", ".partial.gz"), 9_000), (name("06", ".partial.gz"), 9_001),
        (name("06", ".partial"), 9_002), ("0000000200000002/000000020000000200000006.gz", 17_000),
      ]
    // A second compression on another timeline, so that all of it is looked at.
    let other = (path: "0000000300000002/000000030000000200000007.zst", bytes: Int64(17_001))
    var (none, few) = (0, 0)
    let fast = listing(plain).archive(segmentSize: 16 << 20, switches: [], twins: &none)
    var slow = listing(plain + [other]).archive(
      segmentSize: 16 << 20, switches: [], twins: &few)
    #expect(slow.segments.last?.segment.timeline == 3 && none == 0 && few == 0)
    slow.segments.truncate(to: slow.segments.count - 1)
    #expect(fast.segments == slow.segments && fast.segments.count == 5)
    #expect(fast.spoiled == slow.spoiled)
    #expect(fast.spoiled.map(\.fault) == [.halfWritten] && fast.spoiled[0].files.count == 2)
  }

  @Test func theSegmentSizeIsThatOfAPlainFileElseOfTheNumbers() {
    #expect(listing([(name("01"), 64 << 20)]).impliedSegmentSize == 64 << 20)
    // The last of a log, and the first of the next.
    let last = ["FF": 16 << 20, "3F": 64 << 20, "03": 1 << 30]
    for (index, size) in last {
      let found = listing([
        (name(index, ".gz"), 20_000), ("0000000100000003/000000010000000300000000.gz", 20_000),
      ])
      #expect(found.impliedSegmentSize == size)
      #expect(!found.contradicts(segmentSize: size))
    }
    #expect(listing([(name("FF", ".gz"), 20_000)]).impliedSegmentSize == nil)
    #expect(listing([(name("FF", ".gz"), 20_000)]).contradicts(segmentSize: 64 << 20))
  }

  @Test("what is gone from a timeline's beginning goes, what else lies there is taken")
  func correction() {
    let old = listing([
      (name("01", ".gz"), 16_000), (name("02"), 16 << 20), (name("02", ".gz"), 16_000),
      (name("02", ".00000028.backup.gz"), 200), (name("03", ".gz"), 16_000),
      ("00000002.history", 50), ("0000000200000002/000000020000000200000003.gz", 16_000),
    ])
    func page(_ names: [String]) -> [(path: Substring, object: StoredObject)] {
      names.map {
        ($0[...], StoredObject(key: "p/wals/" + $0, bytes: 16_000, modifiedAt: BucketInMemory.now))
      }
    }
    var same = old
    same.correct(
      1,
      by: page([
        name("01", ".gz"), name("02"), name("02", ".00000028.backup.gz"), name("02", ".gz"),
      ]), isWhole: false)
    #expect(same == old)
    var expired = old
    expired.correct(1, by: page([name("02", ".gz"), name("03", ".gz")]), isWhole: true)
    #expect(expired.files.map(\.name).map { $0.suffix(7) } == ["0002.gz", "0003.gz", "0003.gz"])
    #expect(expired.marks == 0 && expired.histories.count == 1)
    var gone = old
    gone.correct(1, by: [], isWhole: true)
    #expect(gone.timelines == [2])
    var added = old
    added.correct(2, by: page(["0000000200000002/000000020000000200000001.gz"]), isWhole: false)
    #expect(added.files.count == old.files.count + 1)
    let areSorted = added.segments.values.map(\.isStrictlySorted)
    #expect(!areSorted.contains(false))
  }

  @Test func aHistoryFileIsReadAsItIsCompressed() throws {
    let text = try HistoryText.text(try Recorded.bytes("bucket/00000002.history.gz"), .gzip)
    #expect(
      TimelineSwitch.switches(timeline: 2, text: text)
        == [
          TimelineSwitch(
            timeline: 2, parent: 1, switchedAt: try #require(LSN(text: "0/A0000A0")))
        ])
    #expect(try HistoryText.text(Array("1\t0/1\tx".utf8), .none) == "1\t0/1\tx")
    #expect(throws: RecoveryError.self) { try HistoryText.text([1, 2, 3], .gzip) }
    #expect(throws: RecoveryError.self) { try HistoryText.text([], .gzip) }
    #expect(throws: RecoveryError.self) { try HistoryText.text([1, 2, 3], .lz4) }
  }
}

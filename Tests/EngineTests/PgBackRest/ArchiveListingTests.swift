import FoundationEssentials
import RecoveryModel
import Testing

@testable import PgBackRest

@Suite("Archive listings") struct ArchiveListingTests {
  private static let sum = "0123456789abcdef0123456789abcdef01234567"
  private static let other = String(repeating: "1", count: 40)

  /// `files`: name below `15-1/0000000100000000/` and size.
  private func archive(_ files: [(String, Int)]) throws -> ArchiveListing.Archive {
    let entries = files.map {
      "\"15-1/0000000100000000/\($0.0)\":{\"type\":\"file\",\"size\":\($0.1),\"time\":20}"
    }
    let listing = try ArchiveListing(json: "{\(entries.joined(separator: ","))}")
    return try #require(listing.archives["15-1"])
  }

  private func segment(_ number: Int) -> String {
    WALSegment(timeline: 1, number: UInt64(number)).name(segmentSize: 16 << 20)
  }

  @Test func eachDatabaseOfTheStanzaHasAnArchiveOfItsOwn() throws {
    let file = "0000000100000000/\(segment(1))-\(Self.sum)"
    let listing = try ArchiveListing(
      json: """
        {".":{"type":"path"},"archive.info":{"type":"file","size":1,"time":1},
        "15-1/\(file).lz4":{"type":"file","size":70,"time":20},
        "16-2/\(file).zst":{"type":"file","size":80,"time":20},
        "16-2/00000002.history":{"type":"file","size":1,"time":1},
        "16-2/2.history":{"type":"file","size":1,"time":1},
        "9.6-0/\(file)":{"type":"file","size":16777216,"time":10}}
        """)
    #expect(listing.archives.count == 3)
    #expect(listing.newestID == "16-2")
    #expect(listing.id(of: 1) == "15-1")
    #expect(listing.id(of: 3) == nil)
    #expect(listing.archives["16-2"]?.files.map(\.bytes) == [80])
    #expect(listing.archives["16-2"]?.histories.map(\.name) == ["00000002.history"])
    #expect(listing.archives["16-2"]?.files.first?.fileName == "\(segment(1))-\(Self.sum).zst")
  }

  /// pgBackRest ends a recovery at a segment that lies there twice (its error 045), whatever the files hold.
  @Test(arguments: [(other + ".lz4", false), (sum + ".zst", true), (sum, true)])
  func twins(tail: String, same: Bool) throws {
    let size = tail == Self.sum ? 16 << 20 : 900
    let archive = try archive([
      ("\(segment(1))-\(Self.sum).lz4", 900), ("\(segment(2))-\(Self.sum).lz4", 900),
      ("\(segment(1))-\(tail)", size),
    ])
    let spoiled = archive.walArchive(segmentSize: 16 << 20, switches: []).spoiled
    #expect(spoiled.map(\.segment.number) == [1])
    #expect(spoiled.first?.fault == .duplicate(same: same))
    #expect(Set(spoiled.first?.files ?? []).count == 2)
  }

  /// A name is no segment until suffix, checksum and size fit.
  @Test(arguments: [
    ("-\(sum).lz4.pgbackrest.tmp", 900, SpoiledSegment.Fault.halfWritten),
    ("-\(sum).lz4", 0, .wrongSize(0)),
    ("-\(sum).lz4", 400 << 20, .wrongSize(400 << 20)),
    ("-\(sum)", 900, .wrongSize(900)),
    ("-\(sum)", 1 << 20, .wrongSize(1 << 20)),
    ("-\(sum.dropLast()).lz4", 900, .foreignName),
    ("-\(sum.uppercased()).lz4", 900, .foreignName),
    ("-\(sum).lz4.bak", 900, .foreignName),
    (".lz4", 900, .foreignName),
    ("", 16 << 20, .foreignName),
  ])
  func noSegment(tail: String, size: Int, fault: SpoiledSegment.Fault) throws {
    let archive = try archive([
      ("\(segment(1))-\(Self.sum).lz4", 900), ("\(segment(2))\(tail)", size),
    ]).walArchive(segmentSize: 16 << 20, switches: [])
    #expect(archive.segments.map(\.segment.number) == [1])
    #expect(archive.spoiled.map(\.fault) == [fault])
    #expect(archive.spoiled.map(\.segment.number) == [2])
  }

  /// What a promotion and a base backup leave is neither a segment nor spoiled; what lies in another directory is not
  /// found by the tool.
  @Test func whatHasARightToLieThere() throws {
    let archive = try archive([
      ("\(segment(1)).partial-\(Self.sum).lz4", 900), ("\(segment(1)).00000028.backup", 300),
      ("\(segment(2))-\(Self.sum)", (16 << 20) + 32),
    ]).walArchive(segmentSize: 16 << 20, switches: [])
    #expect(archive.segments.map(\.segment.number) == [2])
    #expect(archive.spoiled.isEmpty)
    let astray = try ArchiveListing(
      json: """
        {"15-1/0000000200000000/\(segment(1))-\(Self.sum).lz4":{"type":"file","size":900}}
        """)
    let found = astray.archives["15-1"]?.walArchive(segmentSize: 16 << 20, switches: [])
    #expect(found?.segments.isEmpty == true)
    #expect(found?.spoiled.map(\.fault) == [.foreignName])
  }

  @Test func theRealListingIsReadWhole() throws {
    let listing = try ArchiveListing(json: Fixture.text("pgbackrest/repo-ls"))
    let archive = try #require(listing.archives["15-1"])
    #expect(archive.files.first?.name == "000000010000000000000001")
    #expect(archive.files.first?.bytes == 2_271_076)
    #expect(archive.files.count == 98)
    #expect(archive.odd.isEmpty)
  }

  @Test(arguments: [
    "", "{", "[]", "{\"a\":1}", "{\"a\":{\"type\":\"file\"}", "{} x", "{\"a\":{\"size\":}}",
    "{\"a\":{\"size\":99999999999999999999}}", "{\"a\\", "{\"a\":{\"x\":[[[[[[[[[[[[[[[[[[1]]}}",
  ])
  func brokenListingsAreErrors(json: String) {
    #expect(throws: ListingScanner.Malformed.self) { try ArchiveListing(json: json) }
  }

  @Test func unknownKeysOfAListingAreSkipped() throws {
    let path = "15-1/0000000100000000/\(segment(1))-\(Self.sum)"
    let json = """
      {"\(path)": {"link":{"to":[1,"x",null,true]},"type":"file","size":null,"time":-1.5e3}}
      """
    #expect(throws: ListingScanner.Malformed.self) { try ArchiveListing(json: json) }
    let fine = json.replacing("-1.5e3", with: "15")
    #expect(try ArchiveListing(json: fine).archives["15-1"]?.files.map(\.size) == [nil])
  }

  @Test func segmentSizeShowsInTheNames() throws {
    func implied(_ names: [String]) throws -> Int? {
      let entries = names.map {
        "\"15-1/\($0.prefix(16))/\($0)-\(Self.sum)\":{\"type\":\"file\"}"
      }
      return try ArchiveListing(json: "{\(entries.joined(separator: ","))}")
        .archives["15-1"]?.impliedSegmentSize
    }
    #expect(try implied(["0000000100000000000000FF", "000000010000000100000000"]) == 16 << 20)
    #expect(try implied(["000000010000000000000FFF", "000000010000000100000000"]) == 1 << 20)
    #expect(try implied(["000000010000000000000003", "000000020000000000000003"]) == nil)
  }
}

import RecoveryModel
import Testing

@testable import ObjectStores

@Suite struct ListingTests {
  @Test func aPageOfCephIsReadWithItsToken() throws {
    let page = try #require(ListingPage(xml: try Recorded.bytes("rgw/page.xml")))
    #expect(page.objects.count == 3)
    #expect(
      page.objects[0].key
        == "k8s/auth-db/wals/0000000100000000/000000010000000000000001.gz")
    #expect(page.objects[0].bytes == 1_414_824)
    #expect(page.objects[0].etag == "1d408670696910b38df83075b3e4f832")
    #expect(page.objects[0].modifiedAt.map(Format.timestamp) == "2026-11-29T11:14:18Z")
    #expect(
      page.continuation == "k8s/auth-db/wals/0000000100000000/000000010000000000000002.gz")
  }

  @Test func prefixesOfCephAreRead() throws {
    let page = try #require(ListingPage(xml: try Recorded.bytes("rgw/prefixes.xml")))
    #expect(page.prefixes == ["k8s/auth-db/", "k8s/shop-db/"])
    #expect(page.objects.isEmpty)
    #expect(page.continuation == nil)
  }

  @Test func unfinishedUploadsOfCephAreRead() throws {
    let found = try #require(UnfinishedUploads(xml: try Recorded.bytes("rgw/uploads.xml")))
    #expect(found.uploads.map(\.key) == ["v/orphan/auth-db/base/20260101T000000/data_0001.tar"])
    #expect(found.uploads[0].since != nil)
  }

  @Test(arguments: ["", "<html><body>Welcome</body></html>", "{\"kind\": \"bucket\"}", "<Error/>"])
  func whatIsNoListingIsNone(text: String) {
    #expect(ListingPage(xml: Array(text.utf8)) == nil)
  }

  @Test func namesKeepWhatTheyAreMadeOf() throws {
    let xml = """
      <?xml version="1.0"?><ListBucketResult xmlns="x"><IsTruncated>false</IsTruncated>\
      <Contents><Key>a&amp;b &lt;c&gt; &#x2F;&#65;&nbsp;%2B+</Key><Size>7</Size>\
      <Owner><ID>x</ID></Owner></Contents><Contents><Key/><Size>1</Size></Contents></ListBucketResult>
      """
    let page = try #require(ListingPage(xml: Array(xml.utf8)))
    #expect(page.objects.map(\.key) == ["a&b <c> /A&nbsp;%2B+", ""])
    #expect(page.objects.map(\.bytes) == [7, 1])
    #expect(Percent.decoded("a%2Bb+c%zz%") == "a+b c%zz%")
  }

  @Test func aDocumentThatIsCutOffEndsThere() {
    var scanner = XMLScanner(Array("<a><b>text</b><c".utf8))
    var count = 0
    while scanner.next() != nil { count += 1 }
    #expect(count == 4)
  }
}

@Suite struct S3PlaceTests {
  private func place(
    _ bucket: String, _ endpoint: String?, _ addressing: S3Place.Addressing? = nil
  ) -> S3Place {
    S3Place(bucket: bucket, endpoint: endpoint, region: "eu-central-1", addressing: addressing)
  }

  @Test func amazonsBucketsHaveAHostOfTheirOwn() {
    #expect(
      place("backups", nil).url(key: "a b/c=1", query: [("uploads", "")])
        == "https://backups.s3.eu-central-1.amazonaws.com/a%20b/c%3D1?uploads=")
    // Its certificate holds for one level only.
    #expect(
      place("my.backups", nil).url() == "https://s3.eu-central-1.amazonaws.com/my.backups")
    #expect(
      place("backups", nil).moved(to: "us-west-2").url()
        == "https://backups.s3.us-west-2.amazonaws.com/")
  }

  @Test func othersHaveThemInThePathUnlessToldOtherwise() {
    #expect(place("b", "fsn1.example.com/").url(key: "k") == "https://fsn1.example.com/b/k")
    #expect(place("b", "https://fsn1.example.com", .host).url() == "https://b.fsn1.example.com/")
    #expect(place("b", "http://10.0.0.1:7480").moved(to: "x").url() == "http://10.0.0.1:7480/b")
  }

  @Test func queriesAreSortedAndEncodedAsTheSignatureWantsThem() {
    let url = place("b", "http://h").url(query: [("prefix", "a/b c"), ("list-type", "2")])
    #expect(url == "http://h/b?list-type=2&prefix=a%2Fb%20c")
  }
}

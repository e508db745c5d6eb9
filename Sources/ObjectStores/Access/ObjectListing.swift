import FoundationEssentials
import RecoveryModel

/// An object as a listing tells it.
package struct StoredObject: Sendable, Equatable {
  package var key: String
  package var bytes: Int64
  package var modifiedAt: Date?
  package var etag: String

  package init(key: String, bytes: Int64, modifiedAt: Date?, etag: String = "") {
    self.key = key
    self.bytes = bytes
    self.modifiedAt = modifiedAt
    self.etag = etag
  }
}

/// One page of ListObjectsV2.
package struct ListingPage: Sendable, Equatable {
  package var objects: [StoredObject] = []
  /// What the delimiter cut off, each with the delimiter at its end.
  package var prefixes: [String] = []
  /// Of the next page; nil = this is the last.
  package var continuation: String?

  package init() {}

  /// nil for what is no listing, or not all of one: names that were cut off would be missing in silence.
  init?(xml bytes: [UInt8]) {
    var scanner = XMLScanner(bytes)
    var reader = Reader()
    while let token = scanner.next() { reader.take(token, of: scanner) }
    guard reader.isWhole, !reader.isTruncated || reader.token != nil else { return nil }
    self = reader.page
    continuation = reader.isTruncated ? reader.token : nil
    if reader.isEncoded {
      for index in objects.indices { objects[index].key = Percent.decoded(objects[index].key) }
      prefixes = prefixes.map(Percent.decoded)
    }
  }
}

extension ListingPage {
  /// What the scanner has come past.
  private struct Reader {
    private enum Field { case key, size, modified, etag, prefix, truncated, token, encoding }

    var page = ListingPage()
    var isWhole = false
    var isTruncated = false
    var isEncoded = false
    var token: String?
    private var field: Field?
    private var object: StoredObject?
    private var isInPrefixes = false

    mutating func take(_ token: XMLScanner.Token, of scanner: XMLScanner) {
      switch token {
      case .open(let name): open(name, scanner)
      case .close(let name): close(name, scanner)
      case .text(let range): text(range, scanner)
      }
    }

    private mutating func open(_ name: Range<Int>, _ scanner: XMLScanner) {
      field = nil
      if scanner.isName(name, "Contents") {
        object = StoredObject(key: "", bytes: 0, modifiedAt: nil)
      } else if scanner.isName(name, "CommonPrefixes") {
        isInPrefixes = true
      } else if object != nil {
        if scanner.isName(name, "Key") { field = .key }
        if scanner.isName(name, "Size") { field = .size }
        if scanner.isName(name, "LastModified") { field = .modified }
        if scanner.isName(name, "ETag") { field = .etag }
      } else if isInPrefixes {
        if scanner.isName(name, "Prefix") { field = .prefix }
      } else {
        if scanner.isName(name, "IsTruncated") { field = .truncated }
        if scanner.isName(name, "NextContinuationToken") { field = .token }
        if scanner.isName(name, "EncodingType") { field = .encoding }
      }
    }

    private mutating func close(_ name: Range<Int>, _ scanner: XMLScanner) {
      field = nil
      if scanner.isName(name, "Contents"), let object {
        page.objects.append(object)
        self.object = nil
      } else if scanner.isName(name, "CommonPrefixes") {
        isInPrefixes = false
      } else if scanner.isName(name, "ListBucketResult") {
        isWhole = true
      }
    }

    private mutating func text(_ range: Range<Int>, _ scanner: XMLScanner) {
      guard let field else { return }
      let text = scanner.text(range)
      switch field {
      case .key: object?.key = text
      case .size: object?.bytes = Int64(text) ?? 0
      case .modified: object?.modifiedAt = TimestampText.parse(text)
      case .etag: object?.etag = text.filter { $0 != "\"" }
      case .prefix: page.prefixes.append(text)
      case .truncated: isTruncated = text == "true"
      case .token: token = text
      case .encoding: isEncoded = text == "url"
      }
    }
  }
}

/// Uploads in parts that nobody has completed: listings of objects do not show them, and they cost.
package struct UnfinishedUploads: Sendable, Equatable {
  package struct Upload: Sendable, Equatable {
    package var key: String
    package var id: String
    package var since: Date?
  }

  package var uploads: [Upload] = []

  /// nil for what is no such answer, or not all of one.
  init?(xml bytes: [UInt8]) {
    var scanner = XMLScanner(bytes)
    var open = ""
    var isWhole = false
    var upload = Upload(key: "", id: "")
    while let token = scanner.next() {
      switch token {
      case .open(let name):
        open = scanner.text(name)
        if open == "Upload" { upload = Upload(key: "", id: "") }
      case .text(let range):
        switch open {
        case "Key": upload.key = scanner.text(range)
        case "UploadId": upload.id = scanner.text(range)
        case "Initiated": upload.since = TimestampText.parse(scanner.text(range))
        default: break
        }
      case .close(let name):
        open = ""
        if scanner.isName(name, "Upload"), !upload.key.isEmpty {
          uploads.append(upload)
        } else if scanner.isName(name, "ListMultipartUploadsResult") {
          isWhole = true
        }
      }
    }
    guard isWhole else { return nil }
  }
}

import FoundationEssentials
import RecoveryModel
import Transports

/// Versions that are no longer current, and parts of uploads that nobody completed: what no listing of objects shows.
extension S3Client {
  /// Pages of a thousand; a bucket that has more is told of in part.
  private static let mostPages = 200
  /// Uploads whose parts are added up, a request each.
  private static let mostUploads = 20

  /// Old versions and delete markers below a prefix. Throws `RecoveryError`.
  package func oldVersions(prefix: String) async throws(RecoveryError) -> OldVersions {
    var sum = OldVersions()
    var marker: VersionPage.Marker?
    for _ in 0..<Self.mostPages {
      var query = [("versions", ""), ("prefix", prefix)]
      if let marker {
        query.append(("key-marker", marker.key))
        if let version = marker.version { query.append(("version-id-marker", version)) }
      }
      let answer = try await document(
        query, what: "listing old versions", right: "s3:ListBucketVersions")
      guard let page = VersionPage(xml: answer) else { throw strange("listing old versions") }
      sum.count += page.old.count
      sum.bytes += page.old.bytes
      sum.markers += page.old.markers
      // A store that repeats its marker would keep us for ever.
      guard let next = page.next, next != marker else { return sum }
      marker = next
    }
    sum.isWhole = false
    return sum
  }

  /// The first thousand uploads in parts that nobody completed, with what they take up. Throws `RecoveryError`.
  package func uploadRemains(prefix: String) async throws(RecoveryError) -> UploadRemains {
    let found = try await unfinishedUploads(prefix: prefix).uploads
    var remains = UploadRemains(
      count: found.count, oldestAt: found.compactMap(\.since).min(), bytes: 0)
    guard found.count <= Self.mostUploads else {
      remains.bytes = nil
      return remains
    }
    do throws(RecoveryError) {
      var bytes: Int64 = 0
      for upload in found { bytes += try await partBytes(upload) }
      remains.bytes = bytes
    } catch  where error.code == .denied || error.code == .refused {
      // What they take up is not told; that they are there is.
      remains.bytes = nil
    }
    return remains
  }

  /// Bytes of an upload's first thousand parts; 0 where it has been completed or taken away since.
  private func partBytes(_ upload: UnfinishedUploads.Upload) async throws(RecoveryError) -> Int64 {
    let answer = try await document(
      [("uploadId", upload.id)], of: upload.key, what: "listing the parts of an upload",
      right: "s3:ListMultipartUploadParts", absences: ["NoSuchUpload"])
    if answer.isEmpty { return 0 }
    guard XMLScanner.root(of: answer) == "ListPartsResult" else {
      throw strange("listing the parts of an upload")
    }
    return XMLScanner.all("Size", in: answer).compactMap { Int64($0) }.reduce(0, +)
  }

  private func strange(_ what: String) -> RecoveryError {
    RecoveryError(
      .refused, "\(HTTPRequest.server(of: place.endpoint)) does not offer it: \(what)")
  }
}

/// One page of ListObjectVersions.
struct VersionPage: Equatable {
  /// Where the next page begins.
  struct Marker: Equatable {
    var key: String
    var version: String?
  }

  var old = OldVersions()
  /// nil = this is the last.
  var next: Marker?

  /// nil for what is no such answer, or not all of one.
  init?(xml bytes: [UInt8]) {
    var scanner = XMLScanner(bytes)
    var open = ""
    var isWhole = false
    var isTruncated = false
    var isLatest = true
    var size: Int64 = 0
    var key: String?
    var version: String?
    while let token = scanner.next() {
      switch token {
      case .open(let name):
        open = scanner.text(name)
        if open == "Version" || open == "DeleteMarker" { (isLatest, size) = (true, 0) }
      case .text(let range):
        switch open {
        case "IsLatest": isLatest = scanner.text(range) != "false"
        case "Size": size = Int64(scanner.text(range)) ?? 0
        case "IsTruncated": isTruncated = scanner.text(range) == "true"
        case "NextKeyMarker": key = scanner.text(range)
        case "NextVersionIdMarker": version = scanner.text(range)
        default: break
        }
      case .close(let name):
        open = ""
        if scanner.isName(name, "Version"), !isLatest {
          old.count += 1
          old.bytes += size
        } else if scanner.isName(name, "DeleteMarker") {
          old.markers += 1
        } else if scanner.isName(name, "ListVersionsResult") {
          isWhole = true
        }
      }
    }
    guard isWhole, !isTruncated || key != nil else { return nil }
    if isTruncated, let key { next = Marker(key: key, version: version) }
  }
}

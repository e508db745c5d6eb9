import FoundationEssentials
import ObjectStoreStandIn
import RecoveryModel
import Testing

extension BucketInMemory {
  /// `k8s/auth-db` (gzip, 16 MiB, promoted once, two backups) and `k8s/shop-db` (plain, 1 MiB, a tablespace).
  static func recorded(pageSize: Int = 1000) throws -> BucketInMemory {
    let bucket = BucketInMemory(pageSize: pageSize)
    for line in try Recorded.text("bucket/listing.txt").split(separator: "\n") {
      let words = line.split(separator: " ")
      var object = Object(bytes: try #require(Int64(words[1])), modified: String(words[2]))
      let parts = words[0].split(separator: "/").map(String.init)
      switch parts[parts.count - 1] {
      case "backup.info":
        object.body = try Recorded.bytes("backup-info/\(parts[1])-\(parts[3]).info")
      case "keep": object.body = Array("full".utf8)
      case "00000002.history.gz": object.body = try Recorded.bytes("bucket/00000002.history.gz")
      default: break
      }
      bucket.put(String(words[0]), object)
    }
    return bucket
  }

  /// One server of the recorded bucket, judged.
  func assessment(_ name: String) async throws -> (server: StoredServer, said: StoreAssessment) {
    let survey = try await survey()
    let server = try #require(survey.servers.first { $0.name == name })
    return (server, StoreAssessment(server, now: Self.now))
  }
}

import FoundationEssentials
import ObjectStoreStandIn
import ObjectStores
import PostgresServers
import RecoveryModel

@testable import BarmanCloud
@testable import Transports

/// A bucket and PostgreSQL as closures.
struct BarmanCloudWorld: Sendable {
  var world: World
  var hasServers: Bool

  func engine() throws -> BarmanCloudEngine {
    var declaration = ClusterDeclaration(name: "demo", engine: "store")
    declaration.options = [
      "store": .string("s3://backups/demo"), "endpoint_url": .string("http://store.test"),
    ]
    if hasServers {
      declaration.options["instances"] = PgBackRestWorld.declaration().options["instances"]
    }
    let servers = PgBackRestWorld(world: world)
    return try BarmanCloudEngine(
      declaration: declaration, environment: .fixed(), seams: seams,
      connect: { servers.client($0.name) })
  }

  private var seams: StoreSeams {
    let bucket = bucket
    var seams = StoreSeams(
      http: { HTTPClient { answer($0, bucket) } },
      environment: { ["AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "s3cr3t"] },
      read: { _ in nil },
      pause: StorePause(now: { Date(timeIntervalSince1970: 1_795_350_000) }, wait: { _ in }))
    // Until the answer is there.
    seams.sleep = { _ in try? await Task.sleep(for: .seconds(3600)) }
    return seams
  }

  private func answer(
    _ request: HTTPRequest, _ bucket: BucketInMemory
  ) -> AsyncThrowingStream<HTTPEvent, any Error> {
    switch world {
    case .happy, .empty, .huge: bucket.http.send(request)
    case .silent:
      AsyncThrowingStream { $0.finish(throwing: RecoveryError(.timedOut, "no answer in time")) }
    case .refused:
      Self.stream(403, "<Error><Code>AccessDenied</Code><Message></Message></Error>")
    case .truncated:
      Self.stream(200, "<?xml version=\"1.0\"?><ListBucketResult><Contents><Key>demo/ba")
    }
  }

  private static func stream(
    _ status: Int, _ text: String
  ) -> AsyncThrowingStream<HTTPEvent, any Error> {
    AsyncThrowingStream { continuation in
      continuation.yield(.head(status: status, headers: [:]))
      continuation.yield(.chunk(Array(text.utf8)))
      continuation.finish()
    }
  }

  private var bucket: BucketInMemory {
    let bucket = BucketInMemory()
    guard world == .happy || world == .huge else { return bucket }
    for number in 0..<(world == .huge ? 20_000 : 5) {
      let name = WALSegment(timeline: 10, number: UInt64(number)).name(segmentSize: 16 << 20)
      bucket.put(
        "demo/wals/\(name.prefix(16))/\(name).gz",
        .init(bytes: 70_000, modified: "2026-11-22T11:53:00.000Z"))
    }
    for number in 0..<(world == .huge ? 2_000 : 1) {
      bucket.put("demo/base/B\(number)/backup.info", Self.info)
      bucket.put(
        "demo/base/B\(number)/data.tar.gz",
        .init(bytes: 5 << 20, modified: "2026-11-22T11:53:00.000Z"))
    }
    return bucket
  }

  private static let info = """
    status=DONE
    begin_time=2026-11-22 11:52:00+00:00
    end_time=2026-11-22 11:53:00+00:00
    begin_wal=0000000A0000000000000002
    end_wal=0000000A0000000000000002
    timeline=10
    version=150018
    systemid=7400000000000000001
    xlog_segment_size=16777216
    """
}

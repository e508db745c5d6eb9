import FoundationEssentials
import ObjectStores
import RecoveryModel

@testable import CloudNativePG
@testable import Kubernetes
@testable import Transports

/// An API server as a closure, behind one declared cluster.
struct CloudNativePGWorld: Sendable {
  var world: World
  var store = StoreSeams.unreachable
  var options: [String: OptionValue] = [:]

  static let kubeconfig = """
    current-context: c
    clusters: [{name: c, cluster: {server: "https://api"}}]
    contexts: [{name: c, context: {cluster: c, user: u, namespace: prod}}]
    users: [{name: u, user: {token: "s3cr3t"}}]
    """

  func engine() throws -> CloudNativePGEngine {
    var declaration = ClusterDeclaration(name: "pg-main", engine: "cloudnativepg")
    declaration.options = ["namespace": .string("prod")].merging(options) { $1 }
    var seams = CloudNativePGSeams()
    seams.store = store
    seams.http = { HTTPClient { answer($0) } }
    seams.read = { path in
      guard path == "/k" else { throw RecoveryError(.invalid, "no file \(path)") }
      return Array(Self.kubeconfig.utf8)
    }
    // A busy machine's first lists take their time.
    seams.clock.patience = 60
    seams.clock.now = { Date(timeIntervalSince1970: 1_795_350_000) }
    return try CloudNativePGEngine.alone(
      declaration: declaration, environment: .fixed(), variables: ["KUBECONFIG": "/k"],
      seams: seams)
  }

  private func answer(_ request: HTTPRequest) -> AsyncThrowingStream<HTTPEvent, any Error> {
    AsyncThrowingStream { continuation in
      if world == .silent {
        return continuation.finish(throwing: RecoveryError(.timedOut, "no answer in time"))
      }
      if world == .refused {
        continuation.yield(.head(status: 403, headers: [:]))
        continuation.yield(.chunk(Array(#"{"message":"forbidden","code":403}"#.utf8)))
        return continuation.finish()
      }
      continuation.yield(.head(status: 200, headers: [:]))
      if request.url.contains("watch=1") {
        let task = Task {
          try? await Task.sleep(for: .seconds(3600))
          continuation.finish()
        }
        continuation.onTermination = { _ in task.cancel() }
        return
      }
      let text = body(request.url)
      let bytes = Array(text.utf8)
      continuation.yield(.chunk(world == .truncated ? Array(bytes.prefix(bytes.count / 2)) : bytes))
      continuation.finish()
    }
  }

  private func body(_ url: String) -> String {
    if url.contains("/proxy/pg/status") {
      return url.contains("pg-main-1")
        ? (try? Fixture.text("cloudnativepg/pg-status-primary")) ?? ""
        : ServedFleet.standbyStatus
    }
    let items: [String]
    if url.contains("/clusters?") {
      let cluster = (try? Fixture.text("cloudnativepg/cluster-live-intree")) ?? ""
      // No word of a backup in its status either.
      items = [
        world == .empty ? cluster.replacing("lastSuccessfulBackup", with: "none") : cluster
      ]
    } else if url.contains("/backups?") {
      items = backups
    } else if url.contains("/pods?") {
      items = (1...3).map {
        """
        {"metadata":{"name":"pg-main-\($0)","namespace":"prod","labels":{
        "cnpg.io/cluster":"pg-main","cnpg.io/podRole":"instance"}},"status":{"phase":"Running",
        "conditions":[{"type":"Ready","status":"True"}]}}
        """
      }
    } else {
      items = []
    }
    return
      #"{"items":[\#(items.joined(separator: ","))],"metadata":{"resourceVersion":"7"}}"#
  }

  private var backups: [String] {
    guard world != .empty, let one = try? Fixture.text("cloudnativepg/backup-completed") else {
      return []
    }
    guard world == .huge else { return [one] }
    return (0..<2_000).map { one.replacing("pg-main-nightly-20260821030000", with: "b-\($0)") }
  }
}

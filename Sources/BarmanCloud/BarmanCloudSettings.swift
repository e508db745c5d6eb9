import ObjectStores
import PostgresServers
import RecoveryModel

/// The engine's own keys of a declared cluster, read and checked.
struct BarmanCloudSettings: Sendable, Equatable {
  /// As `s3://bucket/path/server`.
  var address: StoreAddress
  /// The same as it is asked for, with how the store is reached.
  var question: StoreQuestion
  /// Empty = nobody is known that archives there.
  var instances: [ServerAddress]
  /// That the store runs where the primary does is meant to be so.
  var acceptsSharedPlace: Bool
  /// What may be asked of the store in a day.
  var limit: StoreLimit

  /// Keys of a bucket alone.
  static let storeOptions: [EngineOption] =
    [
      EngineOption(
        "store", .string, required: true,
        help: "s3://BUCKET/PATH/SERVER, gs://… or https://ACCOUNT.blob.core.windows.net/CONTAINER/…"
      ),
      EngineOption("endpoint_url", .string, help: "URL of the object store (Amazon's)"),
      EngineOption("region", .string, help: "region of the bucket (us-east-1)"),
      EngineOption("profile", .string, help: "profile of ~/.aws (as AWS's tools find credentials)"),
      EngineOption("ca", .path, help: "file of the store's certificate authorities (the system's)"),
      EngineOption("addressing", .string, help: "path or host (as the endpoint is used to)"),
    ] + StoreLimit.options(prefix: "")
  static let options =
    storeOptions + [
      EngineOption(
        "instances", .list, required: true, help: "list of {name, conninfo} or {name, service}"),
      EngineOption(
        "shared_place", .string,
        help: "accepted: the store runs on the primary's own machine on purpose"),
    ]

  /// Throws `RecoveryError` (invalid) that names the key; never quotes a connection string.
  init(declaration: ClusterDeclaration) throws(RecoveryError) {
    let reader = OptionReader(declaration: declaration)
    let text = try reader.required("store")
    do throws(RecoveryError) { address = try StoreAddress(text) } catch {
      throw reader.invalid("store", "\(error.message); \(error.remedy)")
    }
    question = StoreQuestion(
      address: text, endpointURL: try reader.text("endpoint_url"),
      region: try reader.text("region"), profile: try reader.text("profile"),
      authorityFile: try reader.text("ca"))
    switch try reader.text("addressing") {
    case nil: break
    case "path": question.usesPathStyle = true
    case "host": question.usesPathStyle = false
    case let other?: throw reader.invalid("addressing", "expected path or host, found \(other)")
    }
    limit = try reader.storeLimit(prefix: "")
    acceptsSharedPlace = try reader.acceptsSharedPlace()
    instances = reader.value("instances") == nil ? [] : try reader.instances()
  }
}

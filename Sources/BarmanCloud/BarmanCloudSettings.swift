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
  /// Account that drills run as when we are root; nil = postgres.
  var runAs: String?
  /// PostgreSQL's programs; nil = Debian's place for the backup's major.
  var bindir: String?
  /// Default database of smoke tests.
  var database: String?
  /// Role that a copy is asked as; nil = one that is known of the servers, or postgres.
  var role: String?
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
      EngineOption("run_as", .string, help: "account for drills when root (postgres)"),
      EngineOption("bindir", .path, help: "PostgreSQL program directory"),
      EngineOption("database", .string, help: "default database of smoke tests"),
      EngineOption("role", .string, help: "role that a drill's copy is asked as (postgres)"),
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
      throw reader.invalid("store", .other("\(error.message); \(error.remedy)"))
    }
    question = StoreQuestion(
      address: text, endpointURL: try reader.text("endpoint_url"),
      region: try reader.text("region"), profile: try reader.text("profile"),
      authorityFile: try reader.text("ca"))
    switch try reader.text("addressing") {
    case nil: break
    case "path": question.usesPathStyle = true
    case "host": question.usesPathStyle = false
    case let other?: throw reader.invalid("addressing", .expected("path or host", found: other))
    }
    runAs = try reader.text("run_as")
    bindir = try reader.text("bindir")
    database = try reader.text("database")
    role = try reader.text("role")
    limit = try reader.storeLimit(prefix: "")
    acceptsSharedPlace = try reader.acceptsSharedPlace()
    instances = reader.value("instances") == nil ? [] : try reader.instances()
  }
}

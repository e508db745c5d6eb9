/// An object as it lies in the store: its text, and what is asked of it often.
final class StoredObject: Sendable {
  struct Owner: Sendable, Equatable {
    var uid: String
    var blocksDeletion: Bool
  }

  let namespace: String
  let name: String
  let uid: String
  let version: Int
  let labels: [String: String]
  let owners: [Owner]
  let finalizers: [String]
  let isTerminating: Bool
  let json: [UInt8]

  /// `namespace/name`: the order in which lists are sorted.
  var key: String { namespace + "/" + name }

  init(_ tree: JSONValue) {
    let metadata = tree["metadata"] ?? .empty
    namespace = metadata["namespace"]?.string ?? ""
    name = metadata["name"]?.string ?? ""
    uid = metadata["uid"]?.string ?? ""
    version = metadata["resourceVersion"]?.string.flatMap { Int($0) } ?? 0
    labels = metadata["labels"]?.strings ?? [:]
    owners = (metadata["ownerReferences"]?.array ?? []).map {
      Owner(
        uid: $0["uid"]?.string ?? "", blocksDeletion: $0["blockOwnerDeletion"]?.bool ?? false)
    }
    finalizers = (metadata["finalizers"]?.array ?? []).compactMap(\.string)
    isTerminating = metadata["deletionTimestamp"] != nil
    json = tree.bytes
  }

  /// For a fleet that is written as text: nothing is parsed.
  init(
    namespace: String, name: String, uid: String, version: Int, labels: [String: String],
    owner: String?, json: [UInt8]
  ) {
    self.namespace = namespace
    self.name = name
    self.uid = uid
    self.version = version
    self.labels = labels
    owners = owner.map { [Owner(uid: $0, blocksDeletion: true)] } ?? []
    finalizers = []
    isTerminating = false
    self.json = json
  }

  var tree: JSONValue { (try? JSONValue(parsing: json)) ?? .null }
}

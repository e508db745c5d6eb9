import Kubernetes

extension JSONValue: Decodable {
  package init(from decoder: any Decoder) throws {
    if let members = try? decoder.container(keyedBy: Name.self) {
      var object: [String: JSONValue] = [:]
      for key in members.allKeys {
        object[key.stringValue] = try members.decode(JSONValue.self, forKey: key)
      }
      self = .object(object)
      return
    }
    if var items = try? decoder.unkeyedContainer() {
      var array: [JSONValue] = []
      while !items.isAtEnd { array.append(try items.decode(JSONValue.self)) }
      self = .array(array)
      return
    }
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let flag = try? value.decode(Bool.self) {
      self = .bool(flag)
    } else if let number = try? value.decode(Int.self) {
      self = .integer(number)
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else {
      self = .string(try value.decode(String.self))
    }
  }

  private struct Name: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { return nil }
  }
}

/// A kind that the player looks at.
protocol PlayedKind: Sendable {
  static var resource: Resource { get }
}

enum PlayedClusters: PlayedKind {
  static let resource = Resource(group: "postgresql.cnpg.io", version: "v1", plural: "clusters")
}

enum PlayedBackups: PlayedKind {
  static let resource = Resource(group: "postgresql.cnpg.io", version: "v1", plural: "backups")
}

/// An object with everything in it.
struct PlayedObject<Kind: PlayedKind>: KubernetesObject {
  static var resource: Resource { Kind.resource }
  var metadata: ObjectMetadata
  let tree: JSONValue

  private enum CodingKeys: String, CodingKey { case metadata }

  init(from decoder: any Decoder) throws {
    metadata = try decoder.container(keyedBy: CodingKeys.self).decode(
      ObjectMetadata.self, forKey: .metadata)
    tree = try JSONValue(from: decoder)
  }

  var uid: String { metadata.uid ?? "" }
  var phase: String { tree[path: "status", "phase"]?.string ?? "" }
  var isTerminating: Bool { metadata.deletionTimestamp != nil }
}

typealias PlayedCluster = PlayedObject<PlayedClusters>
typealias PlayedBackup = PlayedObject<PlayedBackups>

extension PlayedObject where Kind == PlayedBackups {
  var clusterName: String { tree[path: "spec", "cluster", "name"]?.string ?? "" }
  var isDone: Bool { phase == "completed" || phase == "failed" }
  var isUnderWay: Bool { ["started", "running", "finalizing"].contains(phase) }
  var method: String { tree[path: "spec", "method"]?.string ?? "barmanObjectStore" }
}

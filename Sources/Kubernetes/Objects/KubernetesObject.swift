import FoundationEssentials
import RecoveryModel
import Transports

/// What every object carries that we read.
package struct ObjectMetadata: Sendable, Codable {
  package var name: String
  package var namespace: String?
  package var uid: String?
  package var resourceVersion: String?
  package var creationTimestamp: KubernetesTime?
  package var deletionTimestamp: String?
  package var labels: [String: String]?
  package var annotations: [String: String]?

  package init(name: String, namespace: String? = nil) {
    self.name = name
    self.namespace = namespace
  }
}

extension ObjectMetadata: Equatable {
  /// Two versions of an object that say the same are equal: a new resourceVersion alone is no news.
  package static func == (left: ObjectMetadata, right: ObjectMetadata) -> Bool {
    left.name == right.name && left.namespace == right.namespace && left.uid == right.uid
      && left.creationTimestamp == right.creationTimestamp
      && left.deletionTimestamp == right.deletionTimestamp && left.labels == right.labels
      && left.annotations == right.annotations
  }
}

package protocol KubernetesObject: Decodable, Sendable, Equatable {
  static var resource: Resource { get }
  var metadata: ObjectMetadata { get }
  /// What it is looked up by together with others: the cluster that it belongs to; itself where it belongs to none.
  var owner: ObjectKey { get }
  /// Others than its owner want to know of it now.
  var concernsOthers: Bool { get }
  /// Reads one; kinds that come by the ten thousand take only the fields that somebody asks for.
  static func read(_ reader: inout JSONReader) throws -> Self
  /// Holds in another's memory what it says as that does; they have one owner.
  mutating func share(_ neighbour: Self)
}

extension KubernetesObject {
  package var key: ObjectKey {
    ObjectKey(namespace: metadata.namespace ?? "", name: metadata.name)
  }

  package var owner: ObjectKey { key }
  package var concernsOthers: Bool { false }
  package mutating func share(_ neighbour: Self) {}

  package static func read(_ reader: inout JSONReader) throws -> Self {
    try JSONDecoder().decode(Self.self, from: try reader.prunedObject())
  }
}

package struct ObjectKey: Hashable, Sendable, Comparable {
  package var namespace: String
  package var name: String

  package init(namespace: String, name: String) {
    self.namespace = namespace
    self.name = name
  }

  package static func < (left: ObjectKey, right: ObjectKey) -> Bool {
    (left.namespace, left.name) < (right.namespace, right.name)
  }
}

extension JSONReader {
  /// One object without what makes up most of its bytes and nobody reads: who managed which field, and what kubectl
  /// last applied.
  mutating func prunedObject() throws -> Data {
    var cuts: [Range<Int>] = []
    let start = position
    try eachKey { reader, key in
      guard case "metadata" = key else {
        try reader.skip()
        return
      }
      try reader.eachKey { reader, key in
        switch key {
        case "managedFields": cuts.append(try reader.skip())
        case "annotations":
          try reader.eachKey { reader, key in
            let value = try reader.skip()
            if key.hasPrefix("kubectl.kubernetes.io/") { cuts.append(value) }
          }
        default: try reader.skip()
        }
      }
    }
    var data = Data(capacity: position - start - cuts.reduce(0) { $0 + $1.count } + 8)
    var from = start
    for cut in cuts {
      data.append(contentsOf: slice(from..<cut.lowerBound))
      // Stands for a list nobody decodes and for a text alike.
      data.append(contentsOf: [UInt8(ascii: "\""), UInt8(ascii: "\"")])
      from = cut.upperBound
    }
    data.append(contentsOf: slice(from..<position))
    return data
  }

  /// Metadata of a kind that comes by the ten thousand: of its labels and annotations only those that are asked for.
  package mutating func metadata(keeping isWanted: (Key) -> Bool) throws -> ObjectMetadata {
    var metadata = ObjectMetadata(name: "")
    try eachKey { reader, key in
      switch key {
      case "name": metadata.name = try reader.string() ?? ""
      case "namespace": metadata.namespace = try reader.sharedString()
      case "uid": metadata.uid = try reader.string()
      case "resourceVersion": metadata.resourceVersion = try reader.string()
      case "creationTimestamp": metadata.creationTimestamp = try reader.time()
      case "deletionTimestamp": metadata.deletionTimestamp = try reader.string()
      case "labels":
        metadata.labels = try reader.sharedTexts(where: isWanted)
      case "annotations":
        metadata.annotations = try reader.sharedTexts(where: isWanted)
      default: try reader.skip()
      }
    }
    return metadata
  }
}

/// A time as Kubernetes writes it (RFC 3339, with or without a fraction); nil when it is none.
package func kubernetesDate(_ text: String?) -> Date? {
  text.flatMap { TimestampText.parse($0) }
}

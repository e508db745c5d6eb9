import FoundationEssentials

/// What every object carries that we read; dates stay text until somebody needs them.
public struct ObjectMetadata: Sendable, Equatable, Codable {
  public var name: String
  public var namespace: String?
  public var uid: String?
  public var resourceVersion: String?
  public var creationTimestamp: String?
  public var deletionTimestamp: String?
  public var labels: [String: String]?
  public var annotations: [String: String]?

  public init(name: String, namespace: String? = nil) {
    self.name = name
    self.namespace = namespace
  }
}

public protocol KubernetesObject: Decodable, Sendable, Equatable {
  static var resource: Resource { get }
  var metadata: ObjectMetadata { get }
}

extension KubernetesObject {
  public var key: ObjectKey {
    ObjectKey(namespace: metadata.namespace ?? "", name: metadata.name)
  }
}

public struct ObjectKey: Hashable, Sendable, Comparable {
  public var namespace: String
  public var name: String

  public init(namespace: String, name: String) {
    self.namespace = namespace
    self.name = name
  }

  public static func < (left: ObjectKey, right: ObjectKey) -> Bool {
    (left.namespace, left.name) < (right.namespace, right.name)
  }
}

/// A time as Kubernetes writes it (RFC 3339, with or without a fraction); nil when it is none.
public func kubernetesDate(_ text: String?) -> Date? {
  guard let text, !text.isEmpty else { return nil }
  if let date = RFC3339.date(text) { return date }
  if let date = try? Date(text, strategy: .iso8601) { return date }
  return try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
}

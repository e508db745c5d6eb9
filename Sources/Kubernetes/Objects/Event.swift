import FoundationEssentials
import RecoveryModel
import Transports

/// `events`: what a controller tells of an object.
package struct Event: Sendable, Equatable, Decodable {
  package static var resource: Resource { Resource(group: "", version: "v1", plural: "events") }

  package struct Subject: Sendable, Equatable, Decodable {
    package var kind: String?
    package var name: String?

    package init(kind: String? = nil, name: String? = nil) { (self.kind, self.name) = (kind, name) }
  }

  package var metadata: ObjectMetadata
  package var involvedObject: Subject
  package var reason: String?
  package var message: String?
  package var lastTimestamp: String?
  package var eventTime: String?

  package init(
    of subject: Subject, reason: String?, message: String?, lastTimestamp: String? = nil
  ) {
    metadata = ObjectMetadata(name: "")
    involvedObject = subject
    (self.reason, self.message, self.lastTimestamp) = (reason, message, lastTimestamp)
  }

  package var at: Date? {
    kubernetesDate(lastTimestamp) ?? kubernetesDate(eventTime) ?? metadata.creationTimestamp?.date
  }
}

extension KubernetesClient {
  /// The warnings of a namespace. Throws `RecoveryError`.
  package func warnings(in namespace: String) async throws -> [Event] {
    let response = try await send(
      "GET", Event.resource.path(namespace: namespace),
      query: [("fieldSelector", "type=Warning"), ("limit", "500")], deadline: 10)
    guard response.status == 200 else {
      throw RecoveryError(
        response, verb: "list", resource: Event.resource, namespace: namespace, server: server)
    }
    return response.body.withUnsafeBufferPointer { buffer in
      (try? JSONDecoder().decode(EventList.self, from: Data(buffer)).items) ?? []
    }
  }
}

private struct EventList: Decodable {
  var items: [Event]
}

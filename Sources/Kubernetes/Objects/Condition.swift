import FoundationEssentials

/// One element of `status.conditions`.
package struct Condition: Sendable, Equatable, Decodable {
  package var type: String
  package var status: String
  package var reason: String?
  package var message: String?
  package var lastTransitionTime: String?

  package init(
    type: String, status: String, reason: String? = nil, message: String? = nil,
    lastTransitionTime: String? = nil
  ) {
    self.type = type
    self.status = status
    self.reason = reason
    self.message = message
    self.lastTransitionTime = lastTransitionTime
  }

  package var isTrue: Bool { status == "True" }
  package var since: Date? { kubernetesDate(lastTransitionTime) }
}

import FoundationEssentials
import RecoveryModel

/// The answer of `status`; its JSON is the contract that `StatusDocument` holds.
struct StatusReport: Report {
  var fleet: FleetSnapshot
  /// Clusters were looked for.
  var looked = false

  func encode(to encoder: any Encoder) throws {
    try StatusDocument(snapshot: fleet).encode(to: encoder)
  }

  func text(_ style: TextStyle) -> String {
    guard !fleet.clusters.isEmpty else {
      // Where nobody could look, none was not found.
      let unanswered = fleet.unanswered.map { Sanitizer.clean($0, limit: 300) }
      guard unanswered.isEmpty || !looked else {
        return "no cluster is known: " + unanswered.joined(separator: "; ")
      }
      return looked ? "no cluster was found" : "no cluster is configured"
    }
    return fleet.clusters.map { StatusText(cluster: $0, style: style).text }
      .joined(separator: "\n\n")
  }
}

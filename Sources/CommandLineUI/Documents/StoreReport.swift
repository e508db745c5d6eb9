import FoundationEssentials
import RecoveryModel

/// The answer of `store`: a place in an object store, server by server.
struct StoreReport: Report {
  let survey: StoreSurvey
  /// In the order of the servers.
  let assessments: [StoreAssessment]
  let now: Date

  init(_ survey: StoreSurvey, now: Date) {
    self.survey = survey
    self.now = now
    assessments = survey.servers.map { StoreAssessment($0, now: now) }
  }

  func encode(to encoder: any Encoder) throws {
    try StoreDocument(self).encode(to: encoder)
  }

  func text(_ style: TextStyle) -> String {
    let place = Sanitizer.clean("\(survey.place) at \(survey.endpoint)")
    let cost =
      "\(survey.requests) request\(survey.requests == 1 ? "" : "s"), \(Format.bytes(survey.bytesRead)) read"
    guard !survey.servers.isEmpty else {
      return TextLayout.wrapped(
        "\(place): no server of barman-cloud lies there (\(cost)). One has base/ and wals/ below "
          + "its name; name the prefix that holds it.", first: "", rest: "  ")
    }
    let servers = zip(survey.servers, assessments).map {
      StoredServerText(server: $0, assessment: $1, now: now, style: style).text
    }
    let count = survey.servers.count
    let foot = "\(place): \(count) server\(count == 1 ? "" : "s"); \(cost)"
    return (servers + [TextLayout.wrapped(foot, first: "", rest: "  ")]).joined(separator: "\n\n")
  }
}

import FoundationEssentials
import RecoveryModel
import Transports

/// Answers a `StoreQuestion`: finds the servers below an address and reads each.
package struct StoreSurveyor: Sendable {
  private let seams: StoreSeams

  package init(seams: StoreSeams = .live) { self.seams = seams }

  /// Throws `RecoveryError` where nothing can be said of the place at all.
  package func survey(_ question: StoreQuestion) async throws(RecoveryError) -> StoreSurvey {
    let address = try StoreAddress(question.address)
    let client = try seams.store(question, at: address)
    let finder = BarmanServerFinder(client: client)
    let prefixes = try await finder.servers(under: address.prefix)
    var servers: [StoredServer] = []
    for prefix in prefixes {
      servers.append(
        await BarmanServerReader(client: client, prefix: prefix, now: seams.pause.now).read())
    }
    let cost = client.meter.count
    return StoreSurvey(
      place: client.words(address.prefix), endpoint: client.server, servers: servers,
      takenAt: seams.pause.now(), requests: cost.requests, bytesRead: cost.bytes)
  }
}

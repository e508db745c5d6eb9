import ObjectStoreStandIn
import ObjectStores
import RecoveryModel
import TestSupport
import Testing

@testable import CloudNativePG

/// What lies in the store that a cluster names.
@Suite struct ClusterContentsTests {
  private static let name = "000000020000000000000042"

  private func engine(_ credentials: String) throws -> CloudNativePGEngine {
    let bucket = BucketInMemory()
    var writer = WALWriter()
    writer.timeline = 2
    bucket.put("pg-main/wals/\(Self.name.prefix(16))/\(Self.name)", writer.segment(0x42))
    bucket.put("other/wals/\(Self.name.prefix(16))/\(Self.name)", [1, 2, 3])
    return try CloudNativePGWorld(
      world: .happy, store: bucket.seams, options: ["store_credentials": .string(credentials)]
    ).engine()
  }

  @Test func theClustersOwnPlaceIsReadAndNoOther() async throws {
    let inventory = try await engine("environment").contents()
    #expect(inventory.items.map(\.object) == ["wals/\(Self.name.prefix(16))/\(Self.name)"])
    let item = try #require(inventory.items.first)
    #expect(await inventory.read(item) { _ in } == .good(.records))
  }

  @Test func whereTheStoreIsNotReadThatIsSaid() async throws {
    let engine = try engine("off")
    await #expect(throws: RecoveryError.self) { _ = try await engine.contents() }
  }
}

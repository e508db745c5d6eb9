import RecoveryModel

/// Brings segments one after the other, the next one while this one is read: the way there takes as long as the reading.
struct SegmentFetching {
  let inventory: ScrubInventory
  private var ahead: (item: ScrubItem, bytes: Task<[UInt8], any Error>)?

  init(inventory: ScrubInventory) { self.inventory = inventory }

  /// Two larger ones are not held at once.
  private static let largest = 64 << 20

  mutating func begin(_ item: ScrubItem) {
    guard inventory.segmentSize <= Self.largest else { return }
    ahead = (item, Task { [inventory] in try await inventory.plain(item) { _ in } })
  }

  /// What it holds. Throws `RecoveryError`.
  mutating func take(_ item: ScrubItem) async throws -> [UInt8] {
    guard let known = ahead, known.item == item else {
      end()
      return try await inventory.plain(item) { _ in }
    }
    ahead = nil
    let bytes = known.bytes
    return try await withTaskCancellationHandler {
      try await bytes.value
    } onCancel: {
      bytes.cancel()
    }
  }

  mutating func end() {
    ahead?.bytes.cancel()
    ahead = nil
  }
}

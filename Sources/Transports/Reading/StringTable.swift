import FoundationEssentials

/// Texts that were read before, so that a namespace's name is kept once and not ten thousand times.
///
/// A text that falls into a taken slot replaces what was there: it only costs memory.
package final class StringTable {

  package init() {
  }
  private var slots = [String](repeating: "", count: 4096)
  private var maps = [[String: String]](repeating: [:], count: 256)

  package func string(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
    // Short texts live in the String itself.
    guard bytes.count > 15, bytes.count <= 256 else {
      return String(decoding: bytes, as: UTF8.self)
    }
    let hash = FNV1a.hash(bytes)
    let slot = Int(truncatingIfNeeded: hash ^ hash >> 32) & 4095
    if slots[slot].utf8.elementsEqual(bytes) { return slots[slot] }
    let text = String(decoding: bytes, as: UTF8.self)
    slots[slot] = text
    return text
  }

  /// The same for whole maps: the labels of all backups of one schedule are alike.
  package func map(_ texts: [String: String]) -> [String: String] {
    let slot = texts.hashValue & 255
    if maps[slot] == texts { return maps[slot] }
    maps[slot] = texts
    return texts
  }
}

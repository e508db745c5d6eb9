import FoundationEssentials
import RecoveryModel

/// What scrubs of a cluster have read, as lines of its ledger's ConfigMap.
struct ScrubLines: Sendable, Equatable {
  /// A line and the record that it is; nil where this version cannot read it.
  struct Line: Sendable, Equatable {
    var text: String
    var record: ScrubRecord?
  }

  private(set) var lines: [Line]

  /// Beside the drills there is room for no more. A day's lines of a thirtieth of 100,000 segments take about 3 KiB.
  static let bytesKept = 200 << 10

  init(_ text: String) {
    lines = text.split(separator: "\n").map { line in
      Line(
        text: String(line),
        record: (try? RecordCoding.decode(RecordLine<ScrubRecord>.self, from: Array(line.utf8)))?
          .record)
    }
  }

  var text: String { lines.map { $0.text + "\n" }.joined() }
  var records: [ScrubRecord] { lines.compactMap(\.record) }

  /// Throws when the record cannot be written as JSON.
  mutating func append(_ record: ScrubRecord) throws {
    let text = String(decoding: try RecordCoding.encode(RecordLine(record)), as: UTF8.self)
    lines.append(Line(text: text, record: record))
    trim()
  }

  /// The oldest go: what they read counts as unread again. A damaged object stays known until it was read anew.
  private mutating func trim() {
    var bytes = lines.reduce(0) { $0 + $1.text.utf8.count + 1 }
    guard bytes > Self.bytesKept else { return }
    let damaged = Set(ScrubHistory(records).faults.map(\.object))
    while bytes > Self.bytesKept {
      let oldest = lines.indices.dropLast().first { index in
        !(lines[index].record?.faults.contains { damaged.contains($0.object) } ?? false)
      }
      guard let oldest else { return }
      bytes -= lines[oldest].text.utf8.count + 1
      lines.remove(at: oldest)
    }
  }
}

import CYAML

/// The documents of a text, one after the other, read through libyaml's events: they carry the place of every value.
package struct YAMLDocuments: ~Copyable {
  /// How much one text may unfold into.
  package struct Limits: Sendable {
    /// Values of all documents, aliases counted as often as they repeat.
    package var nodes = 200_000
    package var depth = 200

    package init() {}
  }

  /// On the heap: libyaml keeps pointers to it.
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let text: UnsafeMutableBufferPointer<UInt8>
  private var tree: YAMLTree
  private var isAtEnd = false

  package init(_ text: String, limits: Limits = Limits()) {
    let utf8 = text.utf8
    self.text = .allocate(capacity: utf8.count + 1)
    _ = self.text.initialize(fromContentsOf: utf8)
    tree = YAMLTree(limits: limits)
    parser = .allocate(capacity: 1)
    parser.initialize(to: yaml_parser_t())
    // Without memory for it nothing can be read either: the first call to `next` then says so.
    guard yaml_parser_initialize(parser) == 1 else { return }
    yaml_parser_set_input_string(parser, self.text.baseAddress, utf8.count)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
    text.deallocate()
  }

  /// The next document's root, a null for an empty one; nil behind the last one and behind an error.
  package mutating func next() throws(YAMLError) -> YAMLNode? {
    while !isAtEnd {
      var event = yaml_event_t()
      guard parser.pointee.read_handler != nil, yaml_parser_parse(parser, &event) == 1 else {
        isAtEnd = true
        throw failure()
      }
      defer { yaml_event_delete(&event) }
      isAtEnd = event.type == YAML_STREAM_END_EVENT
      do throws(YAMLError) {
        if let root = try tree.take(event) { return root }
      } catch {
        isAtEnd = true
        throw error
      }
    }
    return nil
  }

  /// The one document of a text; nil where there is none.
  package static func only(_ text: String) throws(YAMLError) -> YAMLNode? {
    var documents = YAMLDocuments(text)
    guard let root = try documents.next() else { return nil }
    if let second = try documents.next() {
      throw YAMLError(reason: .severalDocuments, mark: second.mark)
    }
    return root
  }

  private func failure() -> YAMLError {
    let parser = parser.pointee
    guard let problem = parser.problem else { return YAMLError(reason: .syntax("out of memory")) }
    let reason = YAMLError.Reason.syntax(String(cString: problem))
    guard parser.error == YAML_READER_ERROR else {
      return YAMLError(reason: reason, mark: YAMLMark(parser.problem_mark))
    }
    // A byte that stands in no text: of it libyaml tells the offset alone.
    let before = text[..<min(parser.problem_offset, text.count)]
    let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let line = before.count { $0 == UInt8(ascii: "\n") } + 1
    let column = String(decoding: before[start...], as: UTF8.self).unicodeScalars.count + 1
    return YAMLError(reason: reason, mark: YAMLMark(line: line, column: column))
  }
}

extension YAMLMark {
  init(_ mark: yaml_mark_t) {
    self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
  }
}

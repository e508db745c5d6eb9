/// Walks the elements of an XML document, as object stores answer with: no attributes, namespaces or entities of one's own.
///
/// Ranges instead of texts: a page of a listing has thousands of elements, and most are passed over.
struct XMLScanner {
  enum Token: Equatable {
    case open(Range<Int>)
    case close(Range<Int>)
    /// Between two tags, undecoded.
    case text(Range<Int>)
  }

  let bytes: [UInt8]
  private var index = 0
  /// An element without content is an opening and a closing.
  private var pendingClose: Range<Int>?

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// nil at the end, and where a tag is cut off.
  mutating func next() -> Token? {
    if let name = pendingClose {
      pendingClose = nil
      return .close(name)
    }
    while index < bytes.count {
      guard bytes[index] == UInt8(ascii: "<") else {
        let start = index
        index = bytes[start...].firstIndex(of: UInt8(ascii: "<")) ?? bytes.count
        return .text(start..<index)
      }
      guard let end = bytes[index...].firstIndex(of: UInt8(ascii: ">")) else { return nil }
      let tag = (index + 1)..<end
      index = end + 1
      guard let first = tag.isEmpty ? nil : bytes[tag.lowerBound] else { continue }
      // Declarations and comments.
      if first == UInt8(ascii: "?") || first == UInt8(ascii: "!") { continue }
      if first == UInt8(ascii: "/") { return .close((tag.lowerBound + 1)..<tag.upperBound) }
      let name = nameRange(tag)
      if bytes[tag.upperBound - 1] == UInt8(ascii: "/") { pendingClose = name }
      return .open(name)
    }
    return nil
  }

  /// Up to the attributes or the slash of an empty element.
  private func nameRange(_ tag: Range<Int>) -> Range<Int> {
    let end = bytes[tag].firstIndex { $0 <= 32 || $0 == UInt8(ascii: "/") } ?? tag.upperBound
    return tag.lowerBound..<end
  }

  func isName(_ range: Range<Int>, _ name: StaticString) -> Bool {
    guard range.count == name.utf8CodeUnitCount else { return false }
    return name.withUTF8Buffer { $0.elementsEqual(bytes[range]) }
  }

  /// The text with its character references resolved.
  func text(_ range: Range<Int>) -> String {
    guard bytes[range].contains(UInt8(ascii: "&")) else {
      return String(decoding: bytes[range], as: UTF8.self)
    }
    var result = ""
    var rest = Substring(decoding: bytes[range], as: UTF8.self)
    while let ampersand = rest.firstIndex(of: "&") {
      result += rest[..<ampersand]
      rest = rest[ampersand...]
      guard let end = rest.firstIndex(of: ";"),
        let character = Self.character(rest[rest.index(after: rest.startIndex)..<end])
      else {
        result.append(rest.removeFirst())
        continue
      }
      result.append(character)
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }

  private static func character(_ name: Substring) -> Character? {
    switch name {
    case "amp": return "&"
    case "lt": return "<"
    case "gt": return ">"
    case "quot": return "\""
    case "apos": return "'"
    default:
      guard name.first == "#" else { return nil }
      let digits = name.dropFirst()
      let code =
        digits.first == "x" ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits, radix: 10)
      return code.flatMap(Unicode.Scalar.init).map(Character.init)
    }
  }
}

extension XMLScanner {
  /// Texts of the named elements, wherever they stand; the first of each name.
  static func elements(_ names: [String], in bytes: [UInt8]) -> [String: String] {
    var scanner = XMLScanner(bytes)
    var found: [String: String] = [:]
    var open = ""
    while let token = scanner.next() {
      switch token {
      case .open(let name): open = scanner.text(name)
      case .close: open = ""
      case .text(let range):
        if names.contains(open), found[open] == nil { found[open] = scanner.text(range) }
      }
    }
    return found
  }
}

extension XMLScanner {
  /// The name of the document's own element; nil where there is none.
  static func root(of bytes: [UInt8]) -> String? {
    var scanner = XMLScanner(bytes)
    while let token = scanner.next() {
      if case .open(let name) = token { return scanner.text(name) }
    }
    return nil
  }

  /// Texts of all elements of that name, in order.
  static func all(_ name: StaticString, in bytes: [UInt8]) -> [String] {
    var scanner = XMLScanner(bytes)
    var found: [String] = []
    var isOpen = false
    while let token = scanner.next() {
      switch token {
      case .open(let opened): isOpen = scanner.isName(opened, name)
      case .close: isOpen = false
      case .text(let range): if isOpen { found.append(scanner.text(range)) }
      }
    }
    return found
  }
}

extension Substring {
  fileprivate init(decoding bytes: ArraySlice<UInt8>, as encoding: UTF8.Type) {
    self = String(decoding: bytes, as: encoding)[...]
  }
}

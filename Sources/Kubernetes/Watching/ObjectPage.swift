import FoundationEssentials
import Transports

/// One page of a list; its objects are handed on as they are read.
struct ObjectPage<Object: KubernetesObject> {
  var resourceVersion: String?
  /// Asks for the next page; nil = this is the last.
  var token: String?

  init(reading reader: inout JSONReader, each: (Object) -> Void) throws {
    var version: String?
    var next: String?
    var hasItems = false
    try reader.eachKey { reader, key in
      switch key {
      case "metadata":
        try reader.eachKey { reader, key in
          switch key {
          case "resourceVersion": version = try reader.string()
          case "continue": next = try reader.string()
          default: try reader.skip()
          }
        }
      case "items":
        hasItems = true
        try reader.eachElement { each(try Object.read(&$0)) }
      default: try reader.skip()
      }
    }
    guard hasItems else { throw JSONReader.Fault(expected: "items", position: reader.position) }
    resourceVersion = version
    token = next.flatMap { $0.isEmpty ? nil : $0 }
  }
}

/// One line of a watch.
enum WatchEvent<Object: KubernetesObject> {
  case put(Object)
  case removed(Object)
  /// Nothing changed up to this resourceVersion.
  case bookmark(String?)
  case fault(KubernetesStatus)

  init(reading reader: inout JSONReader) throws {
    var type = ""
    var body: JSONReader?
    try reader.eachKey { reader, key in
      switch key {
      case "type": type = try reader.sharedString() ?? ""
      case "object":
        body = reader
        try reader.skip()
      default: try reader.skip()
      }
    }
    guard var body else {
      throw JSONReader.Fault(expected: "an object", position: reader.position)
    }
    switch type {
    case "ADDED", "MODIFIED": self = .put(try Object.read(&body))
    case "DELETED": self = .removed(try Object.read(&body))
    case "BOOKMARK":
      var version: String?
      try body.eachKey { reader, key in
        guard case "metadata" = key else {
          try reader.skip()
          return
        }
        try reader.eachKey { reader, key in
          guard case "resourceVersion" = key else {
            try reader.skip()
            return
          }
          version = try reader.string()
        }
      }
      self = .bookmark(version)
    default:
      let range = try body.skip()
      self = .fault(
        try JSONDecoder().decode(KubernetesStatus.self, from: Data(body.slice(range))))
    }
  }
}

/// Splits what comes in chunks into lines without their newline.
package struct LineBuffer {

  package init() {
  }
  private var rest: [UInt8] = []
  /// Bytes of `rest` that are known to hold no newline.
  private var searched = 0

  package mutating func append(_ bytes: [UInt8]) -> [[UInt8]] {
    rest += bytes
    var lines: [[UInt8]] = []
    var start = 0
    var from = searched
    while let end = rest[from...].firstIndex(of: UInt8(ascii: "\n")) {
      if end > start { lines.append(Array(rest[start..<end])) }
      start = end + 1
      from = start
    }
    rest.removeFirst(start)
    searched = rest.count
    return lines
  }
}

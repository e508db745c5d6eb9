import FoundationEssentials
import Glibc
import LocalFiles
import ManifestLint
import RecoveryModel
import YAMLReading

/// Why a file could not be read as manifests.
package struct ManifestReadError: Error, Sendable, Equatable {
  package var file: String
  /// Counted from 1; nil where no line is to blame.
  package var line: Int?
  package var reason: String
}

/// Reads Kubernetes objects from YAML of several documents, with the line of every key.
package enum ManifestReader {
  /// Larger ones are no manifests.
  static let maximumBytes = 16 << 20

  /// A file, a pipe, or standard input for `-`. Blocks.
  package static func read(file: String) -> Result<[Manifest], ManifestReadError> {
    let title = file == "-" ? "<stdin>" : file
    let bytes =
      file == "-"
      ? FileBytes.read(descriptor: STDIN_FILENO, limit: maximumBytes)
      : FileBytes.read(file, limit: maximumBytes, allowsPipes: true)
    switch bytes {
    case .failure(let failure):
      return .failure(ManifestReadError(file: title, line: nil, reason: failure.words))
    case .success(let bytes):
      let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
      let content = bytes.starts(with: mark) ? Array(bytes.dropFirst(mark.count)) : bytes
      guard let text = String(validating: content, as: UTF8.self) else {
        return .failure(ManifestReadError(file: title, line: nil, reason: "not UTF-8"))
      }
      return parse(text, file: title)
    }
  }

  /// Documents that are no Kubernetes objects are left out; a list of any kind stands for its items.
  package static func parse(_ text: String, file: String) -> Result<[Manifest], ManifestReadError> {
    let fail = { (line: Int?, reason: String) in
      Result<[Manifest], ManifestReadError>.failure(
        ManifestReadError(file: file, line: line, reason: reason))
    }
    var manifests: [Manifest] = []
    var documents = YAMLDocuments(text)
    do throws(ManifestFault) {
      while let root = try Self.next(&documents) {
        manifests += objects(root).map { Manifest(file: file, root: $0) }
      }
    } catch {
      switch error {
      case .key(let line):
        // A template's braces are a map in the place of a key.
        return fail(line, Template(in: text)?.advice ?? "a key that is no text")
      case .yaml(let error):
        let statement = Sanitizer.clean(error.statement, limit: 200)
        let line = error.mark?.line
        guard let template = Template(in: text) else { return fail(line, statement) }
        let place = line.map { " in line \($0)" } ?? ""
        return fail(template.line, "\(template.advice); as it stands\(place): \(statement)")
      }
    }
    if let template = manifests.lazy.compactMap(Template.init(in:)).first {
      return fail(template.line, template.advice)
    }
    return .success(manifests)
  }

  private static func next(_ documents: inout YAMLDocuments) throws(ManifestFault) -> ManifestNode?
  {
    let root: YAMLNode?
    do { root = try documents.next() } catch { throw .yaml(error) }
    return try root.map { node throws(ManifestFault) in try ManifestNode(node) }
  }

  /// An item of a list that does not say what it is is what the list is of.
  private static func objects(_ root: ManifestNode) -> [ManifestNode] {
    guard let kind = root["kind"]?.text, let version = root["apiVersion"]?.text else { return [] }
    guard kind.hasSuffix("List"), case .list(let items, _) = root["items"] else { return [root] }
    return items.flatMap { item in
      guard case .map(let entries, let line) = item, kind != "List", item["kind"] == nil else {
        return objects(item)
      }
      let implied = [("apiVersion", version), ("kind", String(kind.dropLast("List".count)))]
        .filter { item[$0.0] == nil }.map {
          ManifestNode.Entry(
            key: $0.0, line: line, value: .scalar($0.1, isQuoted: true, line: line))
        }
      return objects(.map(implied + entries, line: line))
    }
  }
}

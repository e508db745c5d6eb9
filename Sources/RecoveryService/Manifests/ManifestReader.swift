import FoundationEssentials
import Glibc
import RecoveryModel
import Yams

/// Why a file could not be read as manifests.
public struct ManifestReadError: Error, Sendable, Equatable {
  public var file: String
  /// Counted from 1; nil where no line is to blame.
  public var line: Int?
  public var reason: String
}

/// Reads Kubernetes objects from YAML of several documents, with the line of every key.
public enum ManifestReader {
  /// Larger ones are no manifests.
  static let maximumBytes = 16 << 20
  /// Aliases repeat what they point to; a file may not unfold into more values than this.
  static let maximumNodes = 200_000

  /// A file, or standard input for `-`. Blocks.
  public static func read(file: String) -> Result<[Manifest], ManifestReadError> {
    let title = file == "-" ? "<stdin>" : file
    let bytes =
      file == "-" ? FileBytes.read(descriptor: STDIN_FILENO) : FileBytes.read(file)
    switch bytes {
    case .failure(let failure):
      return .failure(ManifestReadError(file: title, line: nil, reason: failure.words))
    case .success(let bytes):
      guard bytes.count <= maximumBytes else {
        return .failure(ManifestReadError(file: title, line: nil, reason: "larger than 16 MiB"))
      }
      let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
      let content = bytes.starts(with: mark) ? Array(bytes.dropFirst(mark.count)) : bytes
      guard let text = String(validating: content, as: UTF8.self) else {
        return .failure(ManifestReadError(file: title, line: nil, reason: "not UTF-8"))
      }
      return parse(text, file: title)
    }
  }

  /// Documents that are no Kubernetes objects are left out; a `List` stands for its items.
  public static func parse(_ text: String, file: String) -> Result<[Manifest], ManifestReadError> {
    do {
      var reading = Reading()
      var manifests: [Manifest] = []
      var documents = try Yams.compose_all(yaml: text)
      while let document = documents.next() {
        guard let root = reading.node(document) else { continue }
        manifests += objects(root).map { Manifest(file: file, root: $0) }
      }
      // The sequence only ends at an error; it does not throw it.
      if let error = documents.error { throw error }
      guard !reading.isTooLarge else {
        return .failure(ManifestReadError(file: file, line: nil, reason: "too many values"))
      }
      return .success(manifests)
    } catch {
      let problem = ConfigurationProblem(yaml: error, file: file)
      return .failure(
        ManifestReadError(file: file, line: problem.line, reason: "no YAML: \(problem.found)"))
    }
  }

  private static func objects(_ root: ManifestNode) -> [ManifestNode] {
    guard let kind = root["kind"]?.text, root["apiVersion"] != nil else { return [] }
    guard kind == "List", case .list(let items, _) = root["items"] else { return [root] }
    return items.flatMap(objects)
  }

  /// Turns Yams' nodes into ours.
  private struct Reading {
    private var count = 0

    var isTooLarge: Bool { count > maximumNodes }

    mutating func node(_ node: Node) -> ManifestNode? {
      count += 1
      guard !isTooLarge else { return nil }
      let line = node.mark?.line ?? 1
      switch node {
      case .scalar(let scalar):
        let plain = scalar.style == .plain || scalar.style == .any
        return .scalar(scalar.string, isQuoted: !plain, line: line)
      case .sequence(let sequence):
        return .list(sequence.compactMap { self.node($0) }, line: line)
      case .mapping(let mapping):
        let entries = mapping.compactMap { key, value -> ManifestNode.Entry? in
          guard let name = key.string, let read = self.node(value) else { return nil }
          return ManifestNode.Entry(key: name, line: key.mark?.line ?? line, value: read)
        }
        return .map(entries, line: line)
      case .alias: return nil
      }
    }
  }
}

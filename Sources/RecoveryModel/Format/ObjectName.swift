/// What Kubernetes takes as the name of an object.
package enum ObjectName {
  /// A DNS subdomain (RFC 1123).
  package static func isValid(_ name: String) -> Bool {
    guard !name.isEmpty, name.utf8.count <= 253 else { return false }
    return name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
      guard let first = label.unicodeScalars.first, let last = label.unicodeScalars.last else {
        return false
      }
      return first != "-" && last != "-"
        && label.unicodeScalars.allSatisfy {
          ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "-"
        }
    }
  }
}

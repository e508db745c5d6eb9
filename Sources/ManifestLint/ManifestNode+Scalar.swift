import RecoveryModel

extension ManifestNode {
  /// Of a list or a map: text, which it is not; ask for the case first.
  var scalarType: ScalarType {
    guard case .scalar(let text, let isQuoted, _) = self, !isQuoted else { return .text }
    return ScalarType(plain: text)
  }

  var isQuotedScalar: Bool {
    if case .scalar(_, let isQuoted, _) = self { isQuoted } else { false }
  }
}

/// What is wrong with what stands at a key of a cluster's configuration.
package enum OptionFault: Sendable, Equatable {
  /// `found` is nil where it may be a secret, or is of another kind altogether.
  case expected(String, found: String? = nil)
  case other(String)

  package var words: String {
    switch self {
    case .expected(let wanted, nil): "expected \(wanted)"
    case .expected(let wanted, let found?): "expected \(wanted), found \(found)"
    case .other(let words): words
    }
  }
}

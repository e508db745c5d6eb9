/// Why a text could not be read on.
package struct YAMLError: Error, Sendable, Equatable {
  package enum Reason: Sendable, Equatable {
    /// No YAML, in libyaml's words, which repeat nothing of the text.
    case syntax(String)
    case unknownAlias
    case duplicateKey(String)
    /// `<<` over something that is neither a mapping nor a sequence of mappings.
    case mergeOfNoMapping
    case tooManyNodes(limit: Int)
    case tooDeep(limit: Int)
    /// Where one document was asked for.
    case severalDocuments
  }

  package var reason: Reason
  package var mark: YAMLMark?

  package init(reason: Reason, mark: YAMLMark? = nil) {
    self.reason = reason
    self.mark = mark
  }

  /// What is wrong, as a statement that stands alone: it is never put behind words that it would have to fit. Of the
  /// text it repeats nothing but a key: a password may stand in it.
  package var statement: String {
    switch reason {
    case .syntax(let problem): "no YAML: \(problem)"
    case .unknownAlias: "an alias names an anchor that this document does not have before it"
    case .duplicateKey(let key): "the key `\(key)` comes a second time in one mapping"
    case .mergeOfNoMapping: "`<<` stands over something that has no keys to merge"
    case .tooManyNodes(let limit): "it unfolds into more than \(limit) values, aliases included"
    case .tooDeep(let limit): "it is nested more than \(limit) levels deep"
    case .severalDocuments: "a second document begins where one is expected"
    }
  }
}

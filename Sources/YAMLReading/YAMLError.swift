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

  /// What is wrong; of the text it repeats nothing: a password may stand in it.
  package var words: String {
    switch reason {
    case .syntax(let problem): problem
    case .unknownAlias: "an alias of an anchor that this document does not hold"
    case .duplicateKey: "a key more than once"
    case .mergeOfNoMapping: "`<<` merges keys and values, or a list of such"
    case .tooManyNodes(let limit): "more than \(limit) values, with what aliases repeat"
    case .tooDeep(let limit): "deeper than \(limit) levels"
    case .severalDocuments: "another document, where one is expected"
    }
  }
}

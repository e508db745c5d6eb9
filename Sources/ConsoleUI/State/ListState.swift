/// Cursor, scroll position and filter of one screen's rows.
package struct ListState: Sendable, Equatable, Hashable {
  /// Index of the chosen item among those that pass the filter.
  package var cursor: Int
  /// First visible row.
  package var offset: Int
  /// Text that an item must contain; a leading `!` means must not. Empty = all.
  package var filter: String

  package init(cursor: Int = 0, offset: Int = 0, filter: String = "") {
    self.cursor = cursor
    self.offset = offset
    self.filter = filter
  }

  /// Whether an item with this text is to be shown; letter case does not matter.
  func admits(_ text: String) -> Bool {
    filter.isEmpty || TextFilter(filter).admits(TextSearch.letters(text))
  }
}

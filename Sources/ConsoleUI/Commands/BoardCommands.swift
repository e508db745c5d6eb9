import RecoveryModel
import TextScreen

/// Commands of the fleet board: how its rows are sorted and gathered.
enum BoardCommands {
  static let rows: [CommandRow] = [
    CommandRow(
      "sort", keys: [.character("s")], label: "sort", title: "Sort the board",
      help: "Sort by verdict, name, RPO, RTO, base backup or proof, one after the other",
      group: .view, scope: .board, unavailable: notOnBoard,
      arguments: { _ in BoardOrder.allCases.map(\.rawValue) },
      choose: { state, word in
        if let order = BoardOrder(rawValue: word) { state.sortBoard(by: order) }
        return []
      },
      perform: { state in
        state.sortBoard(by: state.boardOrder.next)
        return []
      }),
    CommandRow(
      "group", keys: [.character("c")], label: "group", title: "Group the board",
      help: "Group by context, then by namespace, then not at all", group: .view, scope: .board,
      unavailable: notOnBoard,
      arguments: { _ in BoardGrouping.allCases.map(\.rawValue) },
      choose: { state, word in
        if let grouping = BoardGrouping(rawValue: word) { state.groupBoard(by: grouping) }
        return []
      },
      perform: { state in
        state.groupBoard(by: state.boardGrouping.next)
        return []
      }),
    CommandRow(
      "fold", keys: [.character("C")], title: "Fold every group",
      help: "Show the headings of groups alone, or everything again", group: .view, scope: .board,
      unavailable: { state in
        notOnBoard(state) ?? (state.boardGrouping == .none ? "rows are not grouped; c does" : nil)
      },
      perform: { state in
        state.foldAll()
        return []
      }),
  ]

  @Sendable private static func notOnBoard(_ state: AppState) -> String? {
    state.screen == .board ? nil : "only on the board of all clusters"
  }
}

extension CaseIterable where Self: Equatable {
  /// The case after this one; after the last comes the first.
  var next: Self {
    let cases = Array(Self.allCases)
    let index = cases.firstIndex(of: self) ?? 0
    return cases[(index + 1) % cases.count]
  }
}

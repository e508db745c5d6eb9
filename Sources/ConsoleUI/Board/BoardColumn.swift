import RecoveryModel
import TextScreen

/// A column of the board.
enum BoardColumn: Sendable, Equatable {
  case mark, name, verdict, why, rpo, rto, backup, proof, instances, activity

  /// The columns that there is room for, and how wide each is; the reason takes what the others
  /// leave.
  static func all(_ width: Int) -> [(column: BoardColumn, width: Int)] {
    var columns: [(column: BoardColumn, width: Int)] =
      switch width {
      case ..<58: [(.mark, 1), (.name, 0), (.verdict, 15)]
      case ..<98:
        [
          (.name, 15), (.verdict, 15), (.why, 0), (.rpo, 5), (.rto, 6), (.backup, 5), (.proof, 6),
          (.instances, 4),
        ]
      case ..<150:
        [
          (.mark, 1), (.name, 24), (.verdict, 15), (.why, 0), (.rpo, 6), (.rto, 11), (.backup, 6),
          (.proof, 7), (.instances, 5), (.activity, 15),
        ]
      default:
        [
          (.mark, 1), (.name, 36), (.verdict, 15), (.why, 0), (.rpo, 8), (.rto, 15),
          (.backup, 11), (.proof, 9), (.instances, 9), (.activity, 26),
        ]
      }
    let taken = columns.reduce(columns.count - 1) { $0 + $1.width }
    for index in columns.indices where columns[index].width == 0 {
      columns[index].width = max(1, width - 2 - taken)
    }
    return columns
  }

  /// As the heading has it in so many columns.
  func title(_ width: Int) -> String {
    switch self {
    case .mark: ""
    case .name: "cluster"
    case .verdict: "verdict"
    case .why: "why"
    case .rpo: width >= 8 ? "RPO now" : "RPO"
    case .rto: width >= 11 ? "RTO/target" : "RTO"
    case .backup: width >= 11 ? "base backup" : "base"
    case .proof: width >= 9 ? "proved" : "proof"
    case .instances: width >= 9 ? "instances" : "inst"
    case .activity: "activity"
    }
  }

  var alignment: Alignment {
    switch self {
    case .mark, .name, .verdict, .why, .activity: .left
    case .rpo, .rto, .backup, .proof, .instances: .right
    }
  }

  func tableColumn(_ width: Int) -> Table.Column {
    Table.Column(title(width), width: .fixed(width), alignment: alignment)
  }
}

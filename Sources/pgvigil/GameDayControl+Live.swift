import CommandLineUI
import RecoveryModel
import Sandbox

/// Its own name is taken within `GameDayControl`.
private typealias Planted = Mishap

extension GameDayControl {
  static func live() -> GameDayControl {
    GameDayControl(
      all: Planted.all.map(Mishap.init),
      plant: { directory, id in
        guard let mishap = Planted.all.first(where: { $0.id == id }) else { return }
        try await GameDay(Sandbox(directory: directory)).plant(mishap)
      },
      planted: { try GameDay(Sandbox(directory: $0)).planted().map(Mishap.init) },
      mend: { try await GameDay(Sandbox(directory: $0)).mend().map(Mishap.init) })
  }
}

extension GameDayControl.Mishap {
  fileprivate init(_ mishap: Planted) {
    self.init(
      id: mishap.id, title: mishap.title, cause: mishap.cause,
      verdicts: mishap.verdicts.sorted { $0.rank > $1.rank }.map(\.rawValue),
      isOfContents: mishap.sign == .contents, aftermath: mishap.aftermath)
  }
}

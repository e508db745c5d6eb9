import RecoveryModel
import TextScreen

extension Prompt.Kind {
  /// Letters that can be typed.
  fileprivate var longest: Int { self == .file || self == .table ? 400 : 80 }
}

extension AppState {
  mutating func pressInPrompt(_ key: Key) -> [Effect] {
    guard var prompt else { return [] }
    switch key {
    case .escape:
      if prompt.kind == .filter { filter(by: prompt.previous) }
      self.prompt = nil
      return []
    case .enter:
      self.prompt = nil
      switch prompt.kind {
      case .command: return run(prompt)
      case .moment: return goTo(moment: prompt.text)
      case .stretch: return find(in: prompt.text)
      case .share: return scrub(prompt.text)
      case .file: return savePlan(to: prompt.text)
      case .table: return giveBack(prompt.text)
      case .filter: return []
      }
    case .backspace:
      if prompt.text.isEmpty {
        self.prompt = nil
        return []
      }
      prompt.text.removeLast()
      prompt.choice = 0
    case .control("u"):
      prompt.text = ""
      prompt.choice = 0
    case .character(let character):
      guard prompt.text.count < prompt.kind.longest else { return [] }
      prompt.text.append(character)
      prompt.choice = 0
    case .tab, .down, .backTab, .up:
      if prompt.kind == .command { choose(key, in: &prompt) }
    default: return []
    }
    if prompt.kind == .filter { filter(by: prompt.text) }
    self.prompt = prompt
    return []
  }

  private func choose(_ key: Key, in prompt: inout Prompt) {
    let found = Palette.matches(prompt.text, in: self)
    guard !found.isEmpty else { return }
    if key == .tab, found.indices.contains(prompt.choice) {
      prompt.text = found[prompt.choice].text
      prompt.choice = 0
    } else {
      let step = key == .down ? 1 : -1
      prompt.choice = (prompt.choice + step + found.count) % found.count
    }
  }

  private mutating func run(_ prompt: Prompt) -> [Effect] {
    guard prompt.text.contains(where: { $0 != " " }) else { return [] }
    let found = Palette.matches(prompt.text, in: self)
    guard found.indices.contains(prompt.choice) else {
      let nearest = Palette.nearest(prompt.text, in: self)
      notify(
        "no command \"\(prompt.text)\"" + (nearest.map { "; did you mean \"\($0)\"?" } ?? ""),
        .warning)
      return []
    }
    let entry = found[prompt.choice]
    if let reason = entry.row.unavailable(self) {
      notify("\(entry.row.title): \(reason)", .warning)
      return []
    }
    guard let argument = entry.argument else { return entry.row.perform(&self) }
    return entry.row.choose(&self, argument)
  }

  private mutating func filter(by text: String) {
    var list = self.list
    list.filter = text
    list.cursor = 0
    list.offset = 0
    self.list = list
    if screen == .board { arrangeBoard(.lines, toFirst: true) } else { clampList() }
  }
}

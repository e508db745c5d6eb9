import FoundationEssentials
import RecoveryModel
import TextScreen

extension AppState {
  /// A dialog's keys. Only `y`, or Enter on Yes, agrees, or Enter after the demanded name;
  /// everything else is no or nothing.
  mutating func pressInDialog(_ key: Key) -> [Effect] {
    switch dialog {
    case .planning, .refused:
      if key.isDismissal || key == .enter { dialog = nil }
      return []
    case .confirm(let confirmation):
      return confirmation.plan.typedConfirmation == nil
        ? press(key, confirming: confirmation) : press(key, typingInto: confirmation)
    case .chooseBackup(let cluster, let kinds, let choice):
      return press(key, choosingBackup: choice, among: kinds, cluster: cluster)
    case .chooseTheme(let choice): return press(key, choosingTheme: choice)
    case .cancelOperation(let cluster, let title, let yes):
      return press(
        key, yes: yes, turned: .cancelOperation(cluster: cluster, title: title, yes: !yes),
        agreed: .cancelOperation(cluster: cluster))
    case .quit(let running, let yes):
      return press(key, yes: yes, turned: .quit(running: running, yes: !yes), agreed: .quit)
    case nil: return []
    }
  }

  private mutating func press(_ key: Key, confirming confirmation: Confirmation) -> [Effect] {
    var next = confirmation
    switch key {
    case .down, .character("j"), .up, .character("k"), .pageDown, .pageUp, .character(" "):
      scroll(&next, key)
    case .tab, .backTab, .left, .right:
      if confirmation.obstacle == nil { next.yes.toggle() }
    case .character("y"), .character("Y"): return agree(to: confirmation)
    case .enter:
      if confirmation.yes { return agree(to: confirmation) }
      dialog = nil
      return []
    default:
      if key.isDismissal { dialog = nil }
      return []
    }
    dialog = .confirm(next)
    return []
  }

  /// Never further than a page, so that no row is passed over.
  private func scroll(_ confirmation: inout Confirmation, _ key: Key) {
    let extent = ConfirmDialog.extent(confirmation, in: size, glyphs: glyphs)
    let step: Int
    switch key {
    case .down, .character("j"): step = 1
    case .up, .character("k"): step = -1
    case .pageDown, .character(" "): step = extent.height
    default: step = -extent.height
    }
    confirmation.scroll = min(max(0, confirmation.scroll + step), extent.lastScroll)
  }

  /// Remembers what of a plan was there to be read.
  mutating func noteShown(at time: Date) -> [Effect] {
    guard Layout.fits(self), case .confirm(var confirmation) = dialog else { return [] }
    let extent = ConfirmDialog.extent(confirmation, in: size, glyphs: glyphs)
    confirmation.reading.note(extent.visible, of: extent.rows, at: time)
    dialog = .confirm(confirmation)
    return []
  }

  /// Another width breaks a plan's rows anew.
  mutating func beginReadingAnew() {
    guard case .confirm(var confirmation) = dialog, !confirmation.reading.isWhole else { return }
    confirmation.reading.begin()
    confirmation.scroll = 0
    dialog = .confirm(confirmation)
  }

  /// Where a name is demanded every letter is a letter, and only Enter after exactly that name
  /// agrees.
  private mutating func press(
    _ key: Key, typingInto confirmation: Confirmation
  ) -> [Effect] {
    var next = confirmation
    switch key {
    case .escape:
      dialog = nil
      return []
    case .enter:
      // The dialog may cover the line that notices stand in.
      if !confirmation.reading.isWhole, confirmation.obstacle == nil {
        next.isHasty = true
        dialog = .confirm(next)
        return agree(to: next)
      }
      guard confirmation.typed == confirmation.plan.typedConfirmation else {
        notify(
          "nothing is done: type \(confirmation.plan.typedConfirmation ?? "") to the letter",
          .warning)
        return []
      }
      return agree(to: confirmation)
    case .backspace:
      if !next.typed.isEmpty { next.typed.removeLast() }
    case .control("u"): next.typed = ""
    case .character(let character):
      if next.typed.count < Confirmation.longest { next.typed.append(character) }
    case .down, .up, .pageDown, .pageUp: scroll(&next, key)
    default: return []
    }
    dialog = .confirm(next)
    return []
  }

  /// Runs the plan as it was shown, unless something has come between that makes it wrong.
  private mutating func agree(to confirmation: Confirmation) -> [Effect] {
    if let obstacle = confirmation.obstacle {
      notify(obstacle, .warning)
      return []
    }
    guard confirmation.reading.isDone(at: now) else {
      notify(
        confirmation.reading.isWhole
          ? "nothing is done: that key came before the plan could be read"
          : "nothing is done: read to the end first: PgDn", .warning)
      return []
    }
    let plan = confirmation.plan
    guard cluster(named: plan.cluster)?.operation == nil else {
      dialog = nil
      notify("\(plan.cluster): another operation has started meanwhile", .warning)
      return []
    }
    dialog = nil
    notify("\(plan.cluster): \(plan.request.words) started", .notice)
    return [.run(plan)]
  }

  private mutating func press(
    _ key: Key, choosingBackup choice: Int, among kinds: [BackupKind], cluster: String
  ) -> [Effect] {
    if let step = key.step {
      dialog = .chooseBackup(
        cluster: cluster, kinds: kinds, choice: min(max(0, choice + step), kinds.count - 1))
    } else if key == .enter, kinds.indices.contains(choice) {
      return plan(.backup(kinds[choice]), cluster: cluster)
    } else if case .character(let letter) = key,
      let kind = kinds.first(where: { $0.rawValue.first == letter })
    {
      return plan(.backup(kind), cluster: cluster)
    } else if key.isDismissal {
      dialog = nil
    }
    return []
  }

  /// Themes show at once while one moves over them; Esc goes back to the one before.
  private mutating func press(_ key: Key, choosingTheme choice: Int) -> [Effect] {
    if let step = key.step {
      let next = min(max(0, choice + step), themes.count - 1)
      dialog = .chooseTheme(choice: next)
      return [.selectTheme(themes[next])]
    }
    if key == .enter, themes.indices.contains(choice) {
      theme = themes[choice]
      dialog = nil
      return [.selectTheme(theme)]
    }
    if key.isDismissal {
      dialog = nil
      return [.selectTheme(theme)]
    }
    return []
  }

  private mutating func press(
    _ key: Key, yes: Bool, turned: Dialog, agreed: Effect
  ) -> [Effect] {
    switch key {
    case .tab, .backTab, .left, .right:
      dialog = turned
      return []
    case .character("y"), .character("Y"):
      dialog = nil
      return [agreed]
    case .enter:
      dialog = nil
      return yes ? [agreed] : []
    default:
      if key.isDismissal { dialog = nil }
      return []
    }
  }
}

extension Key {
  /// Esc, `n` and `q` say no everywhere.
  var isDismissal: Bool {
    self == .escape || self == .character("n") || self == .character("N")
      || self == .character("q")
  }

  /// One row down (1) or up (-1); nil for every other key.
  var step: Int? {
    switch self {
    case .down, .tab, .character("j"): 1
    case .up, .backTab, .character("k"): -1
    default: nil
    }
  }
}

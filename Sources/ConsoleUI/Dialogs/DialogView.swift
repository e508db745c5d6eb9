import FoundationEssentials
import RecoveryModel
import TextScreen

/// Whatever question is open.
enum DialogView {
  static func draw(_ state: AppState, into frame: inout Frame) {
    switch state.dialog {
    case nil: break
    case .confirm(let confirmation):
      ConfirmDialog.draw(confirmation, state, into: &frame)
    case .planning(let request, let cluster, let since):
      // What is there within half a second needs no word that it is awaited.
      guard state.now.timeIntervalSince(since) >= 0.5 else { return }
      let box = DialogBox(
        title: "Planning", right: cluster,
        rows: Row.paragraph("Planning the \(request.words) of \(cluster)...", .dialog, width: 70))
      hint("Esc", "forget it", in: box.draw(state, into: &frame), state, &frame)
    case .refused(let request, let cluster, let error):
      drawRefusal(request, cluster, error, state, &frame)
    case .chooseBackup(let cluster, let kinds, let choice):
      drawChoice(
        "Base backup", kinds.map { "\($0.rawValue.padded(to: 14))\($0.words)" }, choice,
        right: cluster, state, &frame)
    case .chooseTheme(let choice):
      drawChoice("Theme", state.themes, choice, right: nil, state, &frame)
    case .cancelOperation(let cluster, let title, let yes):
      let box = DialogBox(
        title: "Cancel", right: cluster,
        rows: Row.paragraph(
          "\(title): stop it and clean up what it has made?", .dialog, width: 70))
      DialogBox.drawButtons(
        question: "Cancel it?", yes: yes, in: box.draw(state, into: &frame), state, frame: &frame)
    case .quit(let running, let yes):
      let box = DialogBox(
        title: "Quit",
        rows: running.map { Row.text($0, .dialog) }
          + [.text("still runs here; quitting cancels it.", .warning)])
      DialogBox.drawButtons(
        question: "Quit?", yes: yes, in: box.draw(state, into: &frame), state, frame: &frame)
    }
  }

  private static func drawRefusal(
    _ request: OperationRequest, _ cluster: String, _ error: RecoveryError, _ state: AppState,
    _ frame: inout Frame
  ) {
    let width = DialogBox.width(in: state.size) - 2
    var rows = Row.paragraph(error.message, .warning, width: width)
    if !error.remedy.isEmpty {
      rows += Row.paragraph(Remedy.withKeys(error.remedy), .dialog, width: width)
    }
    let box = DialogBox(title: "No \(request.words) now", right: cluster, rows: rows)
    hint("Esc", "back", in: box.draw(state, into: &frame), state, &frame)
  }

  private static func drawChoice(
    _ title: String, _ choices: [String], _ choice: Int, right: String?, _ state: AppState,
    _ frame: inout Frame
  ) {
    let rows = choices.enumerated().map { index, text in
      Row.line(
        Line(
          " \(text)".padded(to: DialogBox.width(in: state.size) - 2),
          index == choice ? .selection : .dialog))
    }
    let visible = DialogBox.contentRows(rows.count, in: state.size)
    let box = DialogBox(
      title: title, right: right, rows: rows, scroll: max(0, choice - visible + 1))
    hint("Enter", "takes it", in: box.draw(state, into: &frame), state, &frame)
  }

  private static func hint(
    _ key: String, _ word: String, in rect: Rect, _ state: AppState, _ frame: inout Frame
  ) {
    frame.write(
      Line([], right: [Span(key, .key), Span(" \(word) ", .dialog)]), in: rect,
      glyphs: state.glyphs)
  }
}

extension BackupKind {
  /// What it copies.
  fileprivate var words: String {
    switch self {
    case .full: "everything; needs no other backup"
    case .differential: "what changed since the last full one"
    case .incremental: "what changed since the last one of any kind"
    }
  }
}

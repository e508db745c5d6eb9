extension Theme {
  /// The theme that needs no file; the same as `themes/dark.yaml`.
  package static let dark = Theme(
    name: "dark",
    styles: [
      .text: Style(foreground: .terminalDefault, background: .terminalDefault),
      .dim: Style(foreground: .palette(246)),
      .strong: Style(foreground: .terminalDefault, attributes: [.bold]),
      .title: Style(foreground: .palette(117), attributes: [.bold]),
      .border: Style(foreground: .palette(240)),
      .focus: Style(foreground: .palette(214), attributes: [.bold]),
      .selection: Style(foreground: .palette(231), background: .palette(24), attributes: [.bold]),
      .header: Style(foreground: .palette(250), attributes: [.bold]),
      .footer: Style(foreground: .palette(252), background: .palette(236)),
      .key: Style(foreground: .palette(220), background: .palette(236), attributes: [.bold]),
      .good: Style(foreground: .palette(77)),
      .notice: Style(foreground: .palette(117)),
      .warning: Style(foreground: .palette(214), attributes: [.bold]),
      .critical: Style(foreground: .palette(203), attributes: [.bold]),
      .unknown: Style(foreground: .palette(183)),
      .gaugeFill: Style(foreground: .palette(75)),
      .gaugeEmpty: Style(foreground: .palette(240)),
      .gaugeRange: Style(foreground: .palette(67)),
      .target: Style(foreground: .palette(220), attributes: [.bold]),
      .sparkline: Style(foreground: .palette(80)),
      .timeline: Style(foreground: .palette(77)),
      .hole: Style(foreground: .palette(196), attributes: [.bold]),
      .dialog: Style(foreground: .palette(255), background: .palette(237)),
      .danger: Style(foreground: .palette(231), background: .palette(160), attributes: [.bold]),
      .disabled: Style(foreground: .palette(244)),
    ])
}

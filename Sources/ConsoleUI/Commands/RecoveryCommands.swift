import RecoveryModel

/// Commands that ask what a recovery would be like, carry it out beside production, and end it.
enum RecoveryCommands {
  static let rows: [CommandRow] =
    [
      CommandRow(
        "incident", keys: [.character("i")], label: "incident", title: "Page for an incident",
        help: "What answers, what would be lost, where to go back to, how long that takes",
        group: .view, subcommand: "incident",
        unavailable: { $0.cluster == nil ? "no cluster is chosen" : nil },
        perform: { $0.openIncident() }),
      CommandRow(
        "moment", keys: [.character("@")], label: "moment", title: "Go to a moment",
        help: "Type a moment to recover to: 14:03, yesterday 14:03, -5m, an LSN, a backup, latest",
        group: .view, unavailable: { $0.cluster == nil ? "no cluster is chosen" : nil },
        perform: { state in
          state.prompt = Prompt(.moment)
          return []
        }),
      CommandRow(
        "find", keys: [.character("F")], title: "Find what was destroyed",
        help: "Look through the WAL for DROP, TRUNCATE and mass DELETE; Enter goes to just before",
        group: .view, subcommand: "find",
        unavailable: { $0.cluster == nil ? "no cluster is chosen" : nil },
        perform: { $0.openFinder() }),
      CommandRow(
        "recovery", keys: [.character("p")], label: "plan", title: "Plan a recovery",
        help: "Exactly what going back to the moment under the cursor takes; does nothing of it",
        group: .view,
        unavailable: { $0.cluster == nil ? "no cluster is chosen" : nil },
        perform: { $0.planRecovery() }),
      CommandRow(
        "give-back", keys: [.character("m")], label: "give back", title: "Give back a table",
        help: "Name a table that is missing, or rows of it: the plan tells how to give them back",
        group: .view, scope: .recovery, unavailable: withoutPlan,
        perform: { state in
          state.askForTable()
          return []
        }),
      CommandRow(
        "copy", keys: [.character("y")], label: "copy", title: "Copy the plan",
        help: "Put the whole plan, manifest or commands, into the terminal's clipboard",
        group: .view,
        scope: .recovery, unavailable: withoutPlan, perform: { $0.copyPlan() }),
      CommandRow(
        "save", keys: [.character("S")], label: "save", title: "Save the plan",
        help: "Write the whole plan, manifest or commands, into a new file, for you alone",
        group: .view,
        scope: .recovery, unavailable: withoutPlan,
        perform: { state in
          guard let plan = state.shownPlan?.plan else { return [] }
          state.prompt = Prompt(.file, text: plan.artefact.name)
          return []
        }),
      CommandRow(
        "recover", keys: [.character("E")], label: "recover", title: "Carry out the recovery",
        help: "Recover beside production, into a place where it stays; asks for a typed name",
        group: .operations, scope: .recovery, subcommand: "recover",
        unavailable: { state in
          state.operationObstacle ?? withoutPlan(state)
            ?? (state.shownPlan?.plan?.kept == nil ? nil : "it is recovered already; D removes it")
        },
        perform: { $0.carryOutPlan() }),
      CommandRow(
        "remove", keys: [.character("D")], title: "Remove a recovery that stayed",
        help: "Remove the recovery of the plan, else the oldest; asks for its place to be typed",
        group: .operations, subcommand: "remove",
        unavailable: { state in
          state.operationObstacle
            ?? (state.cluster?.report.kept.isEmpty ?? true ? "no recovery of it stays here" : nil)
        },
        perform: { state in
          let all = state.cluster?.report.kept ?? []
          let planned = state.screen == .recovery ? state.shownPlan?.plan?.kept?.id : nil
          guard
            let kept = all.first(where: { $0.id == planned })
              ?? all.min(by: { $0.since < $1.since })
          else { return [] }
          return state.plan(.remove(recovery: kept.id))
        }),
    ] + steps

  private static let steps: [CommandRow] = [
    step("minute-back", [.left, .character("h")], "One minute earlier", -60),
    step("minute-on", [.right, .character("l")], "One minute later", 60),
    step("hour-back", [.character("H")], "One hour earlier", -3600),
    step("hour-on", [.character("L")], "One hour later", 3600),
  ]

  @Sendable private static func withoutPlan(_ state: AppState) -> String? {
    state.shownPlan?.plan == nil ? "there is no plan here" : nil
  }

  private static func step(
    _ id: String, _ keys: [Key], _ title: String, _ seconds: Double
  ) -> CommandRow {
    CommandRow(
      id, keys: keys, title: title,
      help: "Move the recovery window's cursor \(title.lowercased())", group: .navigation,
      scope: .window, unavailable: withoutWindow,
      perform: { state in
        state.stepMoment(seconds)
        return []
      })
  }

  @Sendable private static func withoutWindow(_ state: AppState) -> String? {
    guard let cluster = state.cluster else { return "no cluster is chosen" }
    let window = (cluster.recalled?.cluster ?? cluster).window
    return window?.first == nil ? "no moment is known that could be restored" : nil
  }
}

/// What the limit of a store's requests keeps from being known.
enum StoreTrafficRules {
  static let limit = Rule("store.limit", .warning, "store limit") { context in
    guard let traffic = context.report.traffic, let refusal = traffic.refusal else { return [] }
    return [
      Finding(
        id: "store.limit", severity: .warning,
        headline: refusal.message.prefix(1).uppercased() + refusal.message.dropFirst()
          + ", and what is known of it grows old",
        evidence: [
          Evidence(what: traffic.words, source: traffic.place, at: context.now)
        ],
        remedy: traffic.remedy, ceiling: .proven)
    ]
  }
}

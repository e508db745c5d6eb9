import FoundationEssentials
import RecoveryModel

/// Certificates that expire. The operator renews its own seven days before; those that somebody provided it does not.
enum CertificateRule {
  private static let renewal = 7 * 86_400.0
  private static let notice = 30 * 86_400.0

  static let rule = CloudNativePGRule("cnpg.certificate") { facts, now in
    let provided = facts.cluster.spec.certificates?.secrets ?? []
    let expirations = facts.cluster.status?.certificates?.expirations ?? [:]
    return expirations.sorted { $0.key < $1.key }.compactMap { secret, text in
      guard let end = date(text) else { return nil }
      let left = end.timeIntervalSince(now)
      let own = !provided.contains(secret)
      // A day's grace: the operator renews when it comes by.
      guard left < (own ? renewal - 86_400 : notice) else { return nil }
      let name = facts.shown(secret)
      let expired = left <= 0
      return Finding(
        id: "cnpg.certificate:\(name)",
        severity: expired ? .critical : left < renewal ? .warning : .info,
        headline: expired
          ? "The certificate in \(name) expired \(Format.age(-left)) ago"
          : "The certificate in \(name) expires in \(Format.age(left))",
        evidence: [facts.clusterEvidence("expires \(Format.timestamp(end))")],
        remedy: own
          ? "The operator should have renewed it: is it running? "
            + facts.kubectl("get secret \(facts.quoted(name))")
          : "Renew it: CloudNativePG does not renew certificates that it was given.",
        ceiling: expired ? .atRisk : left < renewal ? .likely : .proven)
    }
  }

  /// As Go prints a time: `2026-11-20 10:00:00 +0000 UTC`.
  static func date(_ text: String) -> Date? {
    let words = text.split(separator: " ")
    guard words.count >= 3, words[2].count == 5 else { return kubernetesDate(text) }
    return kubernetesDate("\(words[0])T\(words[1])\(words[2].prefix(3)):\(words[2].suffix(2))")
  }
}

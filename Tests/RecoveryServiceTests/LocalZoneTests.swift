import FoundationEssentials
import RecoveryModel
import Testing

@testable import RecoveryService

/// The machine's own zone, whatever that is.
struct LocalZoneTests {
  @Test func itAgreesWithItselfOverThreeYears() {
    let now = Date(timeIntervalSince1970: 1_795_348_800)
    let zone = LocalZone.system(environment: [:], now: now)
    #expect(!zone.periods.isEmpty && !zone.name.isEmpty)
    for (before, after) in zip(zone.periods, zone.periods.dropFirst()) {
      #expect(before.since < after.since)
      #expect(before.offset != after.offset || before.abbreviation != after.abbreviation)
      // Clocks change on a whole minute.
      #expect(after.since.timeIntervalSince1970.truncatingRemainder(dividingBy: 60) == 0)
    }
  }

  @Test func theNameIsWhatIsAskedFor() {
    let zone = LocalZone.system(environment: ["TZ": ":Europe/Berlin"], now: Date())
    #expect(zone.name == "Europe/Berlin")
  }
}

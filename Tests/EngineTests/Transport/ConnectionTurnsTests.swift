import Testing

@testable import Kubernetes
@testable import Transports

@Suite("Connection turns") struct ConnectionTurnsTests {
  @Test func oneAtATimeAndInOrder() {
    let now = ContinuousClock.now
    var turns = ConnectionTurns()
    for id in 1...3 { turns.wait(UInt(id), since: now) }
    #expect([turns.next(at: now), turns.next(at: now)] == [1, nil])
    #expect(turns.isWaiting && !turns.isOpen)
    turns.done(1)
    #expect([turns.next(at: now), turns.next(at: now)] == [2, nil])
    turns.done(2)
    #expect(turns.next(at: now) == 3)
    #expect(!turns.isWaiting)
  }

  @Test func whereNothingIsSharedNobodyWaits() {
    let now = ContinuousClock.now
    var turns = ConnectionTurns()
    turns.isShared = false
    for id in 1...3 { turns.wait(UInt(id), since: now) }
    #expect((1...4).map { _ in turns.next(at: now) } == [1, 2, 3, nil])
  }

  @Test func nobodyWaitsForThoseWhoGetNowhere() {
    let now = ContinuousClock.now
    var turns = ConnectionTurns()
    for id in 1...40 { turns.wait(UInt(id), since: now) }
    while turns.next(at: now) != nil {}
    let later = now + ConnectionTurns.patience
    var begun = 0
    while turns.next(at: later) != nil { begun += 1 }
    #expect(begun == 39)
  }
}

/// The states of a fleet's clusters by name, each in memory of its own: a dictionary has room for up to twice as many as
/// there are. Belongs to the service: copies share what they hold.
struct ClusterTable {
  private final class Place {
    var state: ClusterState?
    init(_ state: ClusterState?) { self.state = state }
  }
  private var places: [String: Place] = [:]

  subscript(name: String) -> ClusterState? {
    get { places[name]?.state }
    _modify {
      let place = places[name] ?? Place(nil)
      let wasKnown = place.state != nil
      defer {
        if wasKnown != (place.state != nil) { places[name] = wasKnown ? nil : place }
      }
      yield &place.state
    }
  }

  var names: some Collection<String> { places.keys }
  var states: some Sequence<ClusterState> { places.values.lazy.compactMap(\.state) }
}

import FoundationEssentials
import RecoveryModel
import Synchronization

/// What a cache can say of itself.
package enum CacheState: Sendable, Equatable {
  case starting
  /// In step with the server as of this moment.
  case synced(at: Date)
  /// What it holds is as old as `since`.
  case failed(RecoveryError, since: Date?)
}

/// What happened to a cache's objects.
package enum CacheChange: Sendable, Equatable {
  /// Listed anew: anything may be different.
  case listed
  /// Objects of these owners changed.
  case owners(Set<ObjectKey>)
  /// It fell out of step or came back into it.
  case state
}

/// The objects of one kind by what they belong to, to be read from anywhere without waiting.
package final class ResourceIndex<Object: KubernetesObject>: Sendable {

  package init() {
  }
  package struct Contents: Sendable {
    package var groups: [ObjectKey: [Object]] = [:]
    /// Names of owners by namespace.
    package var owners: [String: Set<String>] = [:]
    /// Grows whenever an owner comes or goes.
    var revision = 0
    package var state = CacheState.starting
    /// Those that others than their owner want to know of.
    package var notable: [ObjectKey: Object] = [:]

    private mutating func note(_ object: Object) {
      if object.concernsOthers {
        notable[object.key] = object
      } else if !notable.isEmpty {
        notable[object.key] = nil
      }
    }

    package mutating func put(_ object: Object) -> Bool {
      let owner = object.owner
      let name = object.metadata.name
      guard let index = groups[owner]?.firstIndex(where: { $0.metadata.name == name }) else {
        append(object)
        return true
      }
      note(object)
      var object = object
      let isNews = groups[owner]?[index] != object
      if let former = groups[owner]?[index] { object.share(former) }
      groups[owner]?[index] = object
      return isNews
    }

    package mutating func append(_ object: Object) {
      let owner = object.owner
      note(object)
      var object = object
      if let neighbour = groups[owner]?.last { object.share(neighbour) }
      groups[owner, default: []].append(object)
      if owners[owner.namespace, default: []].insert(owner.name).inserted { revision += 1 }
    }

    package mutating func remove(_ object: Object) -> Bool {
      let owner = object.owner
      let name = object.metadata.name
      guard let index = groups[owner]?.firstIndex(where: { $0.metadata.name == name }) else {
        return false
      }
      notable[object.key] = nil
      groups[owner]?.remove(at: index)
      if groups[owner]?.isEmpty ?? true {
        groups[owner] = nil
        owners[owner.namespace]?.remove(owner.name)
        revision += 1
      }
      return true
    }
  }

  private let contents = Mutex(Contents())

  /// The objects that belong to `owner`, in no order.
  package func objects(of owner: ObjectKey) -> [Object] {
    contents.withLock { $0.groups[owner] ?? [] }
  }

  /// Names of all owners in a namespace.
  package func owners(in namespace: String) -> Set<String> {
    contents.withLock { $0.owners[namespace] ?? [] }
  }

  /// Objects that others than their owner want to know of; few, in no order.
  package var notable: [Object] { contents.withLock { Array($0.notable.values) } }

  /// Every owner.
  package var owners: [ObjectKey] { contents.withLock { Array($0.groups.keys) } }

  /// Another number means that owners came or went.
  var revision: Int { contents.withLock { $0.revision } }

  /// Every object, in no order.
  package var all: [Object] { contents.withLock { $0.groups.values.flatMap { $0 } } }

  package var state: CacheState { contents.withLock { $0.state } }

  /// It was listed once, or could not be.
  package var hasAnswered: Bool { state != .starting }

  package func change<Result: Sendable>(_ body: (inout Contents) -> Result) -> Result {
    contents.withLock { body(&$0) }
  }
}

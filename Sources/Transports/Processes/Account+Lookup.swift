import Glibc

extension Account {
  /// The account of that name in the system's user database; nil when there is none. Reads files or asks
  /// NSS: call it when an engine is made, not on every refresh.
  package static func named(_ name: String) -> Account? {
    entry { getpwnam_r(name, $0, $1, $2, $3) }?.account
  }

  /// The account with that numeric id.
  package static func numbered(_ user: UInt32) -> Account? {
    entry { getpwuid_r(user, $0, $1, $2, $3) }?.account
  }

  /// Whom this process runs as.
  package static var current: Account {
    numbered(geteuid()) ?? Account(name: String(geteuid()), user: geteuid(), group: getegid())
  }

  /// Home directory; `/` when the database does not say.
  package var home: String { Self.entry { getpwuid_r(user, $0, $1, $2, $3) }?.home ?? "/" }

  /// All groups the account is in, its own first.
  package var groups: [UInt32] {
    var count: Int32 = 64
    var ids = [gid_t](repeating: group, count: Int(count))
    guard getgrouplist(name, group, &ids, &count) >= 0 else { return [group] }
    return Array(ids.prefix(Int(count)))
  }

  private typealias Query = (
    UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CChar>, Int,
    UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
  ) -> Int32

  private static func entry(_ query: Query) -> (account: Account, home: String)? {
    var record = passwd()
    var found: UnsafeMutablePointer<passwd>?
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16_384) { buffer in
      guard let base = buffer.baseAddress, query(&record, base, buffer.count, &found) == 0,
        found != nil, let name = record.pw_name
      else { return nil }
      let account = Account(name: String(cString: name), user: record.pw_uid, group: record.pw_gid)
      return (account, record.pw_dir.map { String(cString: $0) } ?? "/")
    }
  }
}

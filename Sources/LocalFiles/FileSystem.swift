import Glibc

/// Where a file lies, as far as this host can tell.
package struct FileSystem: Sendable, Equatable {
  package var device: UInt64
  /// Its bytes may lie on another machine.
  package var isElsewhere: Bool

  package init(device: UInt64, isElsewhere: Bool = false) {
    self.device = device
    self.isElsewhere = isElsewhere
  }

  /// The one that `path` lies on; nil when there is no such file, as below a mount point where nothing is mounted.
  package init?(of path: String) {
    var file = stat()
    guard stat(path, &file) == 0 else { return nil }
    device = UInt64(file.st_dev)
    isElsewhere =
      LocalFile.text("/proc/self/mountinfo").map { [device] mounts in
        Self.isElsewhere(device, mounts: mounts)
      } ?? false
  }

  /// `mounts` as proc(5) describes mountinfo: `36 35 98:0 /root /mount options - type source options`.
  package static func isElsewhere(_ device: UInt64, mounts: String) -> Bool {
    // As gnu_dev_major and gnu_dev_minor take a device's number apart.
    let major = ((device >> 8) & 0xfff) | ((device >> 32) & ~0xfff)
    let minor = (device & 0xff) | ((device >> 12) & ~0xff)
    let number = "\(major):\(minor)"
    for line in mounts.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count > 2, words[2] == number, let dash = words.firstIndex(of: "-"),
        dash + 1 < words.count
      else { continue }
      let type = words[dash + 1]
      return elsewhere.contains(String(type)) || type.hasPrefix("fuse.")
    }
    return false
  }

  private static let elsewhere: Set<String> = [
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse", "ceph", "9p", "virtiofs", "lustre", "ocfs2",
    "gfs2", "afs", "glusterfs",
  ]
}

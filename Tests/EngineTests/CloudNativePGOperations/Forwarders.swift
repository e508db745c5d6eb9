import FoundationEssentials
import Glibc

@testable import DrillParts
@testable import PgBackRest
@testable import Transports

/// The `kubectl port-forward` processes of this machine.
enum Forwarders {
  /// Those that lead to a pod whose name contains `name`, as a drill's id. A zombie has no arguments and is none.
  static func pids(of name: String) -> [pid_t] {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return entries.compactMap { pid_t($0) }.filter { pid in
      let arguments = (FileText.read("/proc/\(pid)/cmdline") ?? "").split(separator: "\0")
      return arguments.contains("port-forward")
        && arguments.contains { $0.hasPrefix("pod/") && $0.contains(name) }
    }
  }
}

extension ProcessRunner {
  /// The live one, whose kubectl keeps what it learns of a test's server out of the user's home.
  static func keepingCaches(in directory: String) -> ProcessRunner {
    let place = { @Sendable (request: ProcessRequest) in
      var request = request
      request.environment["KUBECACHEDIR"] = directory
      return request
    }
    return ProcessRunner(
      run: { try await ProcessRunner.live.run(place($0)) },
      stream: { ProcessRunner.live.stream(place($0)) })
  }
}

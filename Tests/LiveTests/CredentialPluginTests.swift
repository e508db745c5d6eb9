import Foundation
import Glibc
import TestSupport
import Testing

/// A credential plugin that never answers does not outlive the one that asked it.
@BlockingTests @Suite(.serialized) struct CredentialPluginTests {
  @Test(arguments: [SIGTERM, SIGINT, SIGHUP])
  func aSignalTakesItsWholeGroupAlong(number: Int32) throws {
    let plugin = try HungPlugin()
    let status = try Command.start(
      Binary.pgvigil, ["status"], environment: plugin.environment)
    #expect(plugin.hasStarted())
    status.signal(number)
    #expect(status.wait().status == 128 + number)
    #expect(plugin.isGone())
  }

  @Test func anEndByItselfDoesTheSame() throws {
    let plugin = try HungPlugin()
    let status = try Command.start(
      Binary.pgvigil, ["status"], environment: plugin.environment)
    #expect(plugin.hasStarted())
    let result = status.wait()
    #expect(result.status == 3)
    #expect(result.error.contains("warning: slow: credential plugin"), "\(result.error)")
    #expect(result.error.contains("of context slow did not answer within 15s and was killed"))
    #expect(plugin.isGone())
  }
}

/// A kubeconfig whose plugin holds a FIFO open, and so does a child of its own: the FIFO ends with the last of them.
private final class HungPlugin {
  private let directory: String
  private var descriptor: Int32 = -1

  var environment: [String: String] {
    [
      "KUBECONFIG": directory + "/kubeconfig", "HOME": directory,
      "XDG_STATE_HOME": directory + "/state", "XDG_CONFIG_HOME": directory + "/config",
    ]
  }

  init() throws {
    directory = NSTemporaryDirectory() + "/pgvigil-plugin-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    mkfifo(directory + "/held", 0o600)
    // Read by a shell, not run itself: a fork of another test may still hold it open for writing.
    let script = """
      exec 3>'\(directory)/held'
      echo up >&3
      sleep 600 &
      wait
      """
    try script.write(toFile: directory + "/login", atomically: true, encoding: .utf8)
    let kubeconfig = """
      apiVersion: v1
      kind: Config
      current-context: slow
      clusters: [{name: slow, cluster: {server: "https://127.0.0.1:1"}}]
      contexts: [{name: slow, context: {cluster: slow, user: slow}}]
      users:
        - name: slow
          user:
            exec:
              apiVersion: client.authentication.k8s.io/v1
              command: /bin/sh
              args: ["\(directory)/login"]
              interactiveMode: Never
      """
    try kubeconfig.write(
      toFile: directory + "/kubeconfig", atomically: true, encoding: .utf8)
    descriptor = open(directory + "/held", O_RDONLY | O_NONBLOCK)
  }

  deinit {
    close(descriptor)
    try? FileManager.default.removeItem(atPath: directory)
  }

  /// Waits for its first word.
  func hasStarted() -> Bool { waits(for: POLLIN) && read(descriptor, &buffer, 3) == 3 }

  /// Waits until nobody holds the FIFO any more.
  func isGone() -> Bool { waits(for: POLLHUP) }

  private var buffer = [UInt8](repeating: 0, count: 8)

  private func waits(for event: Int32) -> Bool {
    var stream = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&stream, 1, 20_000) == 1 && Int32(stream.revents) & event != 0
  }
}

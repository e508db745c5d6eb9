import ArgumentParser
import Glibc
import KubernetesStandIn

/// Serves a stand-in API server until killed.
@main struct StandInServer: ParsableCommand {
  @Option(help: "Port on 127.0.0.1; 0 takes a free one.") var port: UInt16 = 0
  @Option(help: "Where to write the kubeconfig.") var kubeconfig: String

  func run() throws {
    var options = StandIn.Options()
    options.port = port
    let standIn = try StandIn(options)
    try writeText(standIn.kubeconfig(), to: kubeconfig)
    print(standIn.url)
    fflush(nil)
    while let _ = readLine() {}
    standIn.stop()
  }
}

/// Throws where the file cannot be written.
private func writeText(_ text: String, to path: String) throws {
  guard let file = fopen(path, "we") else { throw ValidationError("cannot write \(path)") }
  defer { fclose(file) }
  fputs(text, file)
}

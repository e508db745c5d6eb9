import CommandLineUI
import ConsoleRuntime
import ConsoleUI
import FoundationEssentials
import Glibc
import RecoveryEngines

/// The composition root: the only place that knows every part.
@main
struct Main {
  static func main() async {
    // A reader that goes away is an error of write, not our end.
    signal(SIGPIPE, SIG_IGN)
    let environment = ProcessInfo.processInfo.environment
    let opener = ServiceOpener(engines: EngineTable.all, environment: environment)
    let composition = Composition(
      version: Version.number, engines: EngineTable.all,
      openConsole: { try await openConsole($0, opener: opener) },
      sandbox: SandboxControl.live(), keyTable: { CommandTable.markdown })
    let status = await CommandLineTool.run(
      arguments: Array(CommandLine.arguments.dropFirst()), environment: environment,
      composition: composition)
    exit(status)
  }

  private static func openConsole(
    _ request: ConsoleRequest, opener: ServiceOpener
  ) async throws -> Int32 {
    let services = try opener.open(configuration: request.configuration)
    return await Console.run(
      services: services,
      options: ConsoleOptions(
        theme: request.theme, interval: request.interval, wallboard: request.wallboard,
        readOnly: request.readOnly, ascii: request.ascii, mouse: request.mouse,
        cluster: request.cluster))
  }
}

import CommandLineUI
import ConsoleRuntime
import ConsoleUI
import FoundationEssentials
import Glibc
import RecoveryEngines

/// The composition root: the only place that knows every part.
@main
struct Main {
  static func main() {
    // A reader that goes away is an error of write, not our end.
    signal(SIGPIPE, SIG_IGN)
    let thread = MainThread()
    let arguments = Array(CommandLine.arguments.dropFirst())
    let environment = ProcessInfo.processInfo.environment
    Task.detached {
      let status = await CommandLineTool.run(
        arguments: arguments, environment: environment,
        composition: composition(environment: environment, thread: thread))
      exit(status)
    }
    thread.serve()
  }

  private static func composition(
    environment: [String: String], thread: MainThread
  ) -> Composition {
    let opener = ServiceOpener(engines: EngineTable.all, environment: environment)
    return Composition(
      version: Version.number, engines: EngineTable.all,
      openConsole: { request in
        let services = try opener.open(configuration: request.configuration)
        let options = ConsoleOptions(
          theme: request.theme, interval: request.interval, wallboard: request.wallboard,
          readOnly: request.readOnly, ascii: request.ascii, mouse: request.mouse,
          cluster: request.cluster)
        return await thread.run { Console.run(services: services, options: options) }
      },
      sandbox: .live(), keyTable: { CommandTable.markdown })
  }
}

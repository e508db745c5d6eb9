import FoundationEssentials
import RecoveryModel
import RecoveryService

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension CommandContext {
  /// The real world.
  static func live(
    composition: Composition, environment: [String: String], output: Output
  ) -> CommandContext {
    let opener = ServiceOpener(
      engines: composition.engines, discoverer: composition.discoverer, environment: environment)
    return CommandContext(
      composition: composition, output: output, environment: environment, now: { Date() },
      openFleet: { request, operationID in
        let services = try opener.open(request, operationID: operationID)
        for warning in services.configuration.warnings {
          output.diagnostic("warning: " + Sanitizer.clean(warning))
        }
        return FleetAccess(services)
      },
      signals: { SignalStream.live { output.patience.run() } },
      detach: { try DetachedProcess.start(arguments: $0, log: $1) },
      hasTerminal: isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1,
      ask: { question in
        output.diagnostic(question)
        return await TerminalLine.read()
      },
      newID: { ServiceOpener.randomID() },
      zone: { .system(environment: environment, now: Date()) })
  }
}

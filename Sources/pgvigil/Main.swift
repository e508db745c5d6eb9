import BarmanCloud
import CloudNativePG
import CommandLineUI
import ConsoleRuntime
import ConsoleUI
import FoundationEssentials
import Glibc
import ObjectStores
import PostgresServers
import RecoveryModel
import RecoveryService
import Transports

/// The composition root: the only place that knows every part.
@main
struct Main {
  static func main() {
    Memory.keepSmall()
    // A reader that goes away is an error of write, not our end.
    signal(SIGPIPE, SIG_IGN)
    StandardStreams.occupy()
    DependentGroups.endWithSignals()
    let thread = MainThread()
    let arguments = Array(CommandLine.arguments.dropFirst())
    let environment = ProcessInfo.processInfo.environment
    Task.detached {
      let status = await CommandLineTool.run(
        arguments: arguments, environment: environment,
        composition: composition(environment: environment, thread: thread))
      DependentGroups.exit(status)
    }
    thread.serve()
  }

  private static func composition(
    environment: [String: String], thread: MainThread
  ) -> Composition {
    let options: @Sendable (DiscoveryRequest) -> DiscoveryOptions = { request in
      DiscoveryOptions(
        kubeconfig: request.kubeconfig, contexts: request.contexts,
        namespaces: request.namespaces, declared: request.declared,
        defaults: request.defaults, environment: environment)
    }
    let discoverer = Discoverer(
      engine: CloudNativePGEngine.descriptor.id,
      missingContexts: { request in
        CloudNativePGDiscovery.unknownContexts(options(request)).map {
          MissingContext(name: $0.name, origin: $0.origin, known: $0.known)
        }
      },
      obstacles: { CloudNativePGDiscovery.obstacles(options($0)) },
      open: { try CloudNativePGDiscovery(options: options($0), environment: $1) })
    let opener = ServiceOpener(
      engines: EngineTable.all, discoverer: discoverer, environment: environment)
    return Composition(
      version: Version.number, engines: EngineTable.all, discoverer: discoverer,
      openConsole: { request, resolve in
        let services = try opener.open(request.fleet)
        let status: Int32
        do {
          var options = request
          options.cluster = try await resolve(FleetAccess(services))
          status = await thread.run { [options] in
            Console.run(services: services, options: options)
          }
        } catch {
          await services.fleet.close()
          throw error
        }
        await services.fleet.close()
        WALScratch.removeOwn()
        return status
      },
      sandbox: .live(),
      surveyStore: { question in
        try await StoreSurveyor().survey(question)
      },
      recoverStored: { question, order in
        var plan = try BarmanRecovery(
          order: order, question: question, major: order.base?.identity.majorVersion
        ).plan()
        if !order.lost.isEmpty { plan.checks.append(ActNameReader.unchecked("no server is named")) }
        return plan
      },
      themeFault: { name in
        do {
          _ = try ThemeLibrary.standard().theme(named: name)
          return nil
        } catch { return "\(error)" }
      }, keyTable: { CommandTable.markdown })
  }
}

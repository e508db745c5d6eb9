import Glibc
import Synchronization
import TestSupport

/// A `kubectl` for the front of PATH: `port-forward` leads to the server that a player restored, everything else goes to
/// the real one.
public final class PortForwardStub: Sendable {
  /// To be put in front of PATH.
  public let directory: String
  private var routes: String { directory + "/routes" }

  /// Throws when its directory cannot be made.
  public init() throws {
    directory = "/tmp/standin-kubectl-" + String(UInt64.random(in: .min ... .max), radix: 36)
    guard mkdir(directory, 0o755) == 0, mkdir(directory + "/routes", 0o755) == 0 else {
      throw StandInError("cannot make \(directory)")
    }
    try writeFile(directory + "/kubectl", script)
    chmod(directory + "/kubectl", 0o755)
  }

  deinit { try? removeTree(directory) }

  func route(namespace: String, pod: String, port: UInt16) throws {
    try writeFile("\(routes)/\(namespace).\(pod)", "\(port)\n")
  }

  /// Local port and remote port as kubectl prints them; stays until it is killed.
  private var script: String {
    """
    #!/bin/bash
    # port-forward leads to a restored server; everything else is kubectl's own business.
    here=\(directory)
    forward=no namespace=default target= ports=()
    arguments=("$@")
    while [[ $# -gt 0 ]]; do
      case "$1" in
        port-forward) forward=yes ;;
        -n | --namespace) namespace=$2; shift ;;
        --namespace=*) namespace=${1#*=} ;;
        --context | --kubeconfig | --address | --request-timeout) shift ;;
        -*) ;;
        *) if [[ -z "$target" ]]; then target=$1; else ports+=("$1"); fi ;;
      esac
      shift
    done
    if [[ $forward == no ]]; then
      for candidate in $(type -ap kubectl); do
        [[ "$candidate" == "$here/kubectl" ]] || exec "$candidate" "${arguments[@]}"
      done
      echo "kubectl is not installed" >&2
      exit 127
    fi
    route="$here/routes/$namespace.${target##*/}"
    if [[ ! -r "$route" ]]; then
      echo "Error from server (NotFound): pods \\"${target##*/}\\" not found" >&2
      exit 1
    fi
    remote=${ports[0]##*:}
    echo "Forwarding from 127.0.0.1:$(cat "$route") -> $remote"
    exec sleep 1000000

    """
  }
}

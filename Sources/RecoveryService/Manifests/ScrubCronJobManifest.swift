import RecoveryModel

/// A part of the archive read every night, as an account of its own, in the cluster's namespace.
enum ScrubCronJobManifest {
  static func text(_ options: ManifestOptions) -> String {
    let name = options.name ?? options.cluster + "-scrub"
    let job = NightlyCronJob(
      name: name, namespace: options.namespace, schedule: options.schedule ?? "30 1 * * *",
      deadline: (72000, "What is stopped here goes on the next night."),
      pod: pod(options))
    return """
      # Every night, reads a thirtieth of what lies in the cluster's store: all of it in a month. The service account
      # is that of `pgvigil manifest rbac --role scrub`; the image holds the pgvigil binary and the programs that the
      # archive is compressed with. A Job that fails has found damage, or could not read: an alarm.
      # What was read is kept in the cluster's ledger, where every console sees it and the next night goes on from.
      \(job.text)
      """
  }

  private static func pod(_ options: ManifestOptions) -> String {
    var arguments = [
      "scrub", "--namespace", options.namespace, "\(options.namespace)/\(options.cluster)",
      "--subset", "1/30", "--limit", "20MiB/s", "--json",
    ]
    if options.configMap != nil { arguments += ["--config", "/etc/pgvigil/config.yaml"] }
    let configuration = NightlyCronJob.configuration(options.configMap)
    return """
      serviceAccountName: pgvigil-scrub
      restartPolicy: Never
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
        seccompProfile: {type: RuntimeDefault}
      containers:
        - name: scrub
          image: \(YAMLText.scalar(options.image))
          args: \(YAMLText.list(arguments))
          env:
            - {name: XDG_STATE_HOME, value: /state}
          resources:
            requests: {cpu: 100m, memory: 128Mi}
            limits: {memory: 512Mi}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: {drop: [ALL]}
          volumeMounts:
            - {name: state, mountPath: /state}
            - {name: scratch, mountPath: /tmp}\(configuration.mount)
      volumes:
        - {name: state, emptyDir: {}}
        - {name: scratch, emptyDir: {}}\(configuration.volume)
      """
  }
}

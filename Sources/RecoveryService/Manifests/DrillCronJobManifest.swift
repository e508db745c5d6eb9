import RecoveryModel

/// A drill every night, as the drill's service account, in the drill namespace.
enum DrillCronJobManifest {
  static func text(_ options: ManifestOptions) -> String {
    """
    # Every night, drills the cluster where a drill is due. The service account is that of
    # `pgvigil manifest rbac --role drill`; the image is one that holds the pgvigil binary.
    # A Job that fails is an alarm, not a reason to try again: backoffLimit is 0.
    apiVersion: batch/v1
    kind: CronJob
    metadata:
      name: \(YAMLText.scalar(options.name ?? options.cluster + "-drill"))
      namespace: \(YAMLText.scalar(options.drillNamespace))
    spec:
      # Kubernetes counts FIVE fields here: minute hour day month weekday.
      schedule: \(YAMLText.quoted(options.schedule ?? "30 4 * * *"))
      timeZone: Etc/UTC
      concurrencyPolicy: Forbid
      startingDeadlineSeconds: 3600
      successfulJobsHistoryLimit: 3
      failedJobsHistoryLimit: 7
      jobTemplate:
        spec:
          backoffLimit: 0
          # Above the drill's own timeout (4h), so that it can clean up after itself.
          activeDeadlineSeconds: 16200
          template:
            spec:
    \(YAMLText.indented(pod(options), by: 10))

    """
  }

  private static func pod(_ options: ManifestOptions) -> String {
    // The service account may look into this one namespace alone.
    var arguments = [
      "drill", "--due", "--namespace", options.namespace, "\(options.namespace)/\(options.cluster)",
      "--json",
    ]
    if options.configMap != nil { arguments += ["--config", "/etc/pgvigil/config.yaml"] }
    return """
      serviceAccountName: pgvigil-drill
      restartPolicy: Never
      terminationGracePeriodSeconds: 300
      securityContext:
        runAsNonRoot: true
        runAsUser: 10001
        seccompProfile: {type: RuntimeDefault}
      containers:
        - name: drill
          image: \(YAMLText.scalar(options.image))
          args: \(YAMLText.list(arguments))
          env:
            - {name: XDG_STATE_HOME, value: /state}
          resources:
            requests: {cpu: 50m, memory: 64Mi}
            limits: {memory: 256Mi}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: {drop: [ALL]}
      \(volumes(options))
      """
  }

  private static func volumes(_ options: ManifestOptions) -> String {
    let mounted = options.configMap.map { name in
      (
        mount: "\n      - {name: config, mountPath: /etc/pgvigil, readOnly: true}",
        volume: "\n  - {name: config, configMap: {name: \(YAMLText.scalar(name))}}"
      )
    }
    return """
          volumeMounts:
            - {name: state, mountPath: /state}\(mounted?.mount ?? "")
      volumes:
        - {name: state, emptyDir: {}}\(mounted?.volume ?? "")
      """
  }
}

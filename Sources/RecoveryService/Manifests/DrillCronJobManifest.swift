import RecoveryModel

/// A drill every night, as the drill's service account, in the drill namespace.
enum DrillCronJobManifest {
  static func text(_ options: ManifestOptions) -> String {
    let job = NightlyCronJob(
      name: options.name ?? options.cluster + "-drill", namespace: options.drillNamespace,
      schedule: options.schedule ?? "30 4 * * *",
      deadline: (
        16200, "Above the drill's own timeout (4h), so that it can clean up after itself."
      ), pod: pod(options))
    return """
      # Every night, drills the cluster where a drill is due. The service account is that of
      # `pgvigil manifest rbac --role drill`; the image is one that holds the pgvigil binary.
      # A Job that fails is an alarm, not a reason to try again: backoffLimit is 0.
      \(job.text)
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
    let configuration = NightlyCronJob.configuration(options.configMap)
    return """
          volumeMounts:
            - {name: state, mountPath: /state}\(configuration.mount)
      volumes:
        - {name: state, emptyDir: {}}\(configuration.volume)
      """
  }
}

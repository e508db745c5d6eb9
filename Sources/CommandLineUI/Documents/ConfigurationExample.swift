/// What `config example` prints and the README shows; a test reads each with the real reader.
package enum ConfigurationExample {
  /// By the engine's id.
  package static let texts = [
    "pgbackrest": text, "cloudnativepg": cloudNativePG, "barman-cloud": barmanCloud,
    "store": store,
  ]

  static let engines = texts.keys.sorted().joined(separator: ", ")

  /// For clusters on hosts, under pgBackRest.
  package static let text = """
    # $XDG_CONFIG_HOME/pgvigil/config.yaml (usually ~/.config/pgvigil/config.yaml)
    interval: 2s                  # time between refreshes
    theme: dark                   # a file in themes/, without .yaml

    clusters:
      - name: auth-db
        engine: pgbackrest
        stanza: auth-db           # as in pgbackrest.conf
        config: /etc/pgbackrest/pgbackrest.conf
        run_as: postgres          # account for pgBackRest when pgvigil runs as root
        database: keycloak        # where the smoke tests look
        instances:                # passwords belong in ~/.pgpass, not here
          - {name: db-1, conninfo: "host=db-1 user=pgvigil dbname=postgres"}
          - {name: db-2, conninfo: "host=db-2 user=pgvigil dbname=postgres"}
          - {name: db-3, service: auth-db-3}

        targets:
          rpo: 5m                 # how much may be lost
          rto: 30m                # how long a recovery may take
        backup_interval: 1d       # a base backup every night
        retention: 30d            # as far back as it must be restorable

        drill:
          interval: 7d            # when `pgvigil drill --due` runs it again
          place: /var/tmp/pgvigil # throw-away copies; needs room for one
          timeout: 4h
        smoke_tests:
          - name: users
            sql: select count(*) from user_entity
            expect: ">= 1"
          - name: users as in production
            sql: select count(*) from user_entity
            expect: within 5% of production

    # Under CloudNativePG on Kubernetes: pgvigil config example --engine cloudnativepg

    """

  /// For clusters on Kubernetes, under CloudNativePG.
  package static let cloudNativePG = """
    # Clusters are found by themselves; this says where, and what they are held to.
    interval: 2s                  # time between refreshes
    contexts: [prod-eu, prod-us]  # of the kubeconfig; nothing = the current one; leave it out in a pod
    # namespaces: [auth, shop]    # nothing = all that may be seen

    defaults:                     # of every cluster that says nothing else below
      targets: {rpo: 5m, rto: 1h}
      backup_interval: 1d         # where no ScheduledBackup says more
      drill: {interval: 7d, timeout: 4h}

    clusters:                     # only those that more is to be said of
      - name: auth-db
        engine: cloudnativepg
        context: prod-eu          # leave it out in a pod
        namespace: auth
        cluster: auth-db          # the Cluster, where it is called otherwise
        drill_namespace: pgvigil-drills
        targets: {rpo: 5m, rto: 30m}
        smoke_tests:
          - {name: users, sql: select count(*) from user_entity, expect: ">= 1"}
          - name: users as in production
            sql: select count(*) from user_entity
            expect: within 5% of production

    """

  /// For servers on hosts that barman-cloud backs up.
  static let barmanCloud = """
    clusters:
      - name: auth-db
        engine: barman-cloud
        store: s3://backups/hosts/auth-db         # with the server's name at its end
        endpoint_url: https://fsn1.your-objectstorage.com
        profile: backups                          # read-only credentials in ~/.aws
        instances:
          - {name: db-1, conninfo: "host=db-1 user=pgvigil dbname=postgres"}
        targets: {rpo: 5m, rto: 1h}
    """

  /// For what is left of a cluster.
  static let store = """
    clusters:
      - name: auth-db
        engine: store
        store: s3://backups/k8s/auth-db           # with the server's name at its end
        endpoint_url: https://fsn1.your-objectstorage.com
        profile: backups                          # read-only credentials in ~/.aws
        targets: {rto: 1h}
        # Restored and tried on this host, which has PostgreSQL of that major version:
        # drill: {place: /srv/drills}
        # role: postgres                          # who asks the copy
    """
}

import RecoveryModel

/// Generated from the CRDs: `RECORD_SCHEMAS=1 swift test --filter CustomResourceTests`.
enum CustomResourceTable {
  static let text = #"""
    ~ ^[1-9][0-9]*[dwm]$
    ~ ^[a-z]([a-z0-9_-]*[a-z0-9])?$
    ~ ^[a-zA-Z_][a-zA-Z0-9_]*$
    ~ ^[a-z0-9]([-a-z0-9_]*[a-z0-9])?$
    ~ ^[0-9a-z_]*$
    ~ ^[a-z0-9]([-a-z0-9]*[a-z0-9])?$
    @ {name:s generateName:s namespace:s labels:<s> annotations:<s> finalizers:[s]
      ownerReferences:[*] uid:s resourceVersion:s generation:i creationTimestamp:s
      deletionTimestamp:s deletionGracePeriodSeconds:i selfLink:s managedFields:[*]}
    @ {key!:s operator!:s values:[s]}
    @ {matchExpressions:[@2] matchLabels:<s>}
    @ {labelSelector:@3 matchLabelKeys:[s] mismatchLabelKeys:[s] namespaceSelector:@3
      namespaces:[s] topologyKey!:s}
    @ {preferredDuringSchedulingIgnoredDuringExecution:[{podAffinityTerm!:@4 weight!:i}]
      requiredDuringSchedulingIgnoredDuringExecution:[@4]}
    @ {matchExpressions:[@2] matchFields:[@2]}
    @ {connectionString:{key!:s name!:s} inheritFromAzureAD:b storageAccount:{key!:s name!:s}
      storageKey:{key!:s name!:s} storageSasToken:{key!:s name!:s} useDefaultAzureCredentials:b}
    @ {applicationCredentials:{key!:s name!:s} gkeEnvironment:b}
    @ {accessKeyId:{key!:s name!:s} inheritFromIAMRole:b region:{key!:s name!:s}
      secretAccessKey:{key!:s name!:s} sessionToken:{key!:s name!:s}}
    @ {archiveAdditionalCommandArgs:[s] compression:s(bzip2|gzip|lz4|snappy|xz|zstd)
      encryption:s(AES256|aws:kms) maxParallel:i1.. restoreAdditionalCommandArgs:[s]}
    @ {azureCredentials:@7 data:{additionalCommandArgs:[s] compression:s(bzip2|gzip|lz4|snappy)
      encryption:s(AES256|aws:kms) immediateCheckpoint:b jobs:i1..} destinationPath!:s+
      endpointCA:{key!:s name!:s} endpointURL:s googleCredentials:@8 historyTags:<s>
      s3Credentials:@9 serverName:s tags:<s> wal:@10}
    @ {immediateCheckpoint:b waitForArchive:b}
    @ {configMapRefs:[{key!:s name!:s}] secretRefs:[{key!:s name!:s}]}
    @ {apiGroup:s kind!:s name!:s}
    @ {key!:s name:s optional:b}
    @ {apiVersion:s fieldPath!:s}
    @ {containerName:s divisor:q resource!:s}
    @ {name!:s value:s valueFrom:{configMapKeyRef:@15 fieldRef:@16 fileKeyRef:{key!:s optional:b
      path!:s volumeName!:s} resourceFieldRef:@17 secretKeyRef:@15}}
    @ {accessModes:[s] dataSource:@14 dataSourceRef:{apiGroup:s kind!:s name!:s namespace:s}
      resources:{limits:<q> requests:<q>} selector:@3 storageClassName:s
      volumeAttributesClassName:s volumeMode:s volumeName:s}
    @ {enabled:b isWALArchiver:b name!:s parameters:<s>}
    @ {annotations:<s> labels:<s> name:s}
    @ {action:s(replace|Replace|keep|Keep|drop|Drop|hashmod|HashMod|labelmap|LabelMap|labeldrop
      |LabelDrop|labelkeep|LabelKeep|lowercase|Lowercase|uppercase|Uppercase|keepequal|KeepEqual
      |dropequal|DropEqual) modulus:i regex:s replacement:s separator:s sourceLabels:[s]
      targetLabel:s}
    @ {localhostProfile:s type!:s}
    @ {level:s role:s type:s user:s}
    @ {gmsaCredentialSpec:s gmsaCredentialSpecName:s hostProcess:b runAsUserName:s}
    @ {failureThreshold:i initialDelaySeconds:i maximumLag:q periodSeconds:i successThreshold:i
      terminationGracePeriodSeconds:i timeoutSeconds:i type:s(pg_isready|streaming|query)}
    @ {items:[{key!:s mode:i path!:s}] name:s optional:b}
    @ {claims:[{name!:s request:s}] limits:<q> requests:<q>}
    @ {pvcTemplate:@19 resizeInUseVolumes:b size:s storageClass:s}
    postgresql.cnpg.io/Cluster {apiVersion:s kind:s metadata!:@1
      spec!:{affinity:{additionalPodAffinity:@5 additionalPodAntiAffinity:@5
      enablePodAntiAffinity:b
      nodeAffinity:{preferredDuringSchedulingIgnoredDuringExecution:[{preference!:@6 weight!:i}]
      requiredDuringSchedulingIgnoredDuringExecution:{nodeSelectorTerms!:[@6]}} nodeSelector:<s>
      podAntiAffinityType:s tolerations:[{effect:s key:s operator:s tolerationSeconds:i value:s}]
      topologyKey:s} backup:{barmanObjectStore:@11 retentionPolicy:s~1 target:s(primary
      |prefer-standby) volumeSnapshot:{annotations:<s> className:s labels:<s> online:b
      onlineConfiguration:@12 snapshotOwnerReference:s(none|cluster|backup)
      tablespaceClassName:<s> walClassName:s}} bootstrap:{initdb:{builtinLocale:s dataChecksums:b
      database:s encoding:s icuLocale:s icuRules:s import:{databases!:[s] pgDumpExtraOptions:[s]
      pgRestoreDataOptions:[s] pgRestoreExtraOptions:[s] pgRestorePostdataOptions:[s]
      pgRestorePredataOptions:[s] postImportApplicationSQL:[s] roles:[s] schemaOnly:b
      source!:{externalCluster!:s} type!:s(microservice|monolith)} locale:s localeCType:s
      localeCollate:s localeProvider:s options:[s] owner:s postInitApplicationSQL:[s]
      postInitApplicationSQLRefs:@13 postInitSQL:[s] postInitSQLRefs:@13 postInitTemplateSQL:[s]
      postInitTemplateSQLRefs:@13 secret:{name!:s} walSegmentSize:i1..1024}
      pg_basebackup:{database:s owner:s secret:{name!:s} source!:s+}
      recovery:{backup:{endpointCA:{key!:s name!:s} name!:s} database:s owner:s
      recoveryTarget:{backupID:s exclusive:b targetImmediate:b targetLSN:s targetName:s
      targetTLI:s targetTime:s targetXID:s} secret:{name!:s} source:s
      volumeSnapshots:{storage!:@14 tablespaceStorage:<@14> walStorage:@14}}}
      certificates:{clientCASecret:s replicationTLSSecret:s serverAltDNSNames:[s]
      serverCASecret:s serverTLSSecret:s} description:s enablePDB:b enableSuperuserAccess:b
      env:[@18] envFrom:[{configMapRef:{name:s optional:b} prefix:s secretRef:{name:s
      optional:b}}] ephemeralVolumeSource:{volumeClaimTemplate:{metadata:* spec!:@19}}
      ephemeralVolumesSizeLimit:{shm:q temporaryData:q} externalClusters:[{barmanObjectStore:@11
      connectionParameters:<s> name!:s password:@15 plugin:@20 sslCert:@15 sslKey:@15
      sslRootCert:@15}] failoverDelay:i imageCatalogRef:{apiGroup:s kind!:s major!:i name!:s}
      imageName:s imagePullPolicy:s imagePullSecrets:[{name!:s}]
      inheritedMetadata:{annotations:<s> labels:<s>} instances:i1.. livenessProbeTimeout:i
      logLevel:s(error|warning|info|debug|trace) managed:{roles:[{bypassrls:b comment:s
      connectionLimit:i createdb:b createrole:b disablePassword:b ensure:s(present|absent)
      inRoles:[s] inherit:b login:b name!:s passwordSecret:{name!:s} replication:b superuser:b
      validUntil:s}] services:{additional:[{selectorType!:s(rw|r|ro)
      serviceTemplate!:{metadata:@21 spec:{allocateLoadBalancerNodePorts:b clusterIP:s
      clusterIPs:[s] externalIPs:[s] externalName:s externalTrafficPolicy:s healthCheckNodePort:i
      internalTrafficPolicy:s ipFamilies:[s] ipFamilyPolicy:s loadBalancerClass:s
      loadBalancerIP:s loadBalancerSourceRanges:[s] ports:[{appProtocol:s name:s nodePort:i
      port!:i protocol:s targetPort:q}] publishNotReadyAddresses:b selector:<s> sessionAffinity:s
      sessionAffinityConfig:{clientIP:{timeoutSeconds:i}} trafficDistribution:s type:s}}
      updateStrategy:s(patch|replace)}] disabledDefaultServices:[s(rw|r|ro)]}}
      maxSyncReplicas:i0.. minSyncReplicas:i0.. monitoring:{customQueriesConfigMap:[{key!:s
      name!:s}] customQueriesSecret:[{key!:s name!:s}] disableDefaultQueries:b enablePodMonitor:b
      metricsQueriesTTL:s podMonitorMetricRelabelings:[@22] podMonitorRelabelings:[@22]
      tls:{enabled:b}} nodeMaintenanceWindow:{inProgress:b reusePVC:b} plugins:[@20]
      podSecurityContext:{appArmorProfile:@23 fsGroup:i fsGroupChangePolicy:s runAsGroup:i
      runAsNonRoot:b runAsUser:i seLinuxChangePolicy:s seLinuxOptions:@24 seccompProfile:@23
      supplementalGroups:[i] supplementalGroupsPolicy:s sysctls:[{name!:s value!:s}]
      windowsOptions:@25} podSelectorRefs:[{name!:s+~2 selector!:@3}] postgresGID:i postgresUID:i
      postgresql:{enableAlterSystem:b extensions:[{bin_path:[s] dynamic_library_path:[s]
      env:[{name!:s+~3 value!:s+}] extension_control_path:[s] image:{pullPolicy:s reference:s}
      ld_library_path:[s] name!:s+~4}] ldap:{bindAsAuth:{prefix:s suffix:s}
      bindSearchAuth:{baseDN:s bindDN:s bindPassword:@15 searchAttribute:s searchFilter:s} port:i
      scheme:s(ldap|ldaps) server:s tls:b} parameters:<s> pg_hba:[s] pg_ident:[s]
      promotionTimeout:i shared_preload_libraries:[s] syncReplicaElectionConstraint:{enabled!:b
      nodeLabelsAntiAffinity:[s]} synchronous:{dataDurability:s(required|preferred)
      failoverQuorum:b maxStandbyNamesFromCluster:i method!:s(any|first) number!:i
      standbyNamesPost:[s] standbyNamesPre:[s]}} primaryLease:{leaseDurationSeconds:i1..
      releasedLeaseDurationSeconds:i1.. renewDeadlineSeconds:i1.. retryPeriodSeconds:i1..}
      primaryUpdateMethod:s(switchover|restart) primaryUpdateStrategy:s(unsupervised|supervised)
      priorityClassName:s probes:{liveness:{failureThreshold:i initialDelaySeconds:i
      isolationCheck:{connectionTimeout:i enabled:b requestTimeout:i} periodSeconds:i
      successThreshold:i terminationGracePeriodSeconds:i timeoutSeconds:i} readiness:@26
      startup:@26} projectedVolumeTemplate:{defaultMode:i
      sources:[{clusterTrustBundle:{labelSelector:@3 name:s optional:b path!:s signerName:s}
      configMap:@27 downwardAPI:{items:[{fieldRef:@16 mode:i path!:s resourceFieldRef:@17}]}
      podCertificate:{certificateChainPath:s credentialBundlePath:s keyPath:s keyType!:s
      maxExpirationSeconds:i signerName!:s userAnnotations:<s>} secret:@27
      serviceAccountToken:{audience:s expirationSeconds:i path!:s}}]} replica:{enabled:b
      minApplyDelay:s primary:s promotionToken:s self:s source!:s+}
      replicationSlots:{highAvailability:{enabled:b slotPrefix:s~5 synchronizeLogicalDecoding:b}
      synchronizeReplicas:{enabled:b excludePatterns:[s]} updateInterval:i1..} resources:@28
      schedulerName:s seccompProfile:@23 securityContext:{allowPrivilegeEscalation:b
      appArmorProfile:@23 capabilities:{add:[s] drop:[s]} privileged:b procMount:s
      readOnlyRootFilesystem:b runAsGroup:i runAsNonRoot:b runAsUser:i seLinuxOptions:@24
      seccompProfile:@23 windowsOptions:@25} serviceAccountName:s~6
      serviceAccountTemplate:{metadata!:@21} smartShutdownTimeout:i startDelay:i stopDelay:i
      storage:@29 superuserSecret:{name!:s} switchoverDelay:i tablespaces:[{name!:s
      owner:{name:s} storage!:@29 temporary:b}] topologySpreadConstraints:[{labelSelector:@3
      matchLabelKeys:[s] maxSkew!:i minDomains:i nodeAffinityPolicy:s nodeTaintsPolicy:s
      topologyKey!:s whenUnsatisfiable!:s}] walStorage:@29} status:*}
    postgresql.cnpg.io/Backup {apiVersion:s kind:s metadata!:@1 spec!:{cluster!:{name!:s}
      method:s(barmanObjectStore|volumeSnapshot|plugin) online:b onlineConfiguration:@12
      pluginConfiguration:{name!:s parameters:<s>} target:s(primary|prefer-standby)} status:*}
    postgresql.cnpg.io/ScheduledBackup {apiVersion:s kind:s metadata!:@1
      spec!:{backupOwnerReference:s(none|self|cluster) cluster!:{name!:s} immediate:b
      method:s(barmanObjectStore|volumeSnapshot|plugin) online:b onlineConfiguration:@12
      pluginConfiguration:{name!:s parameters:<s>} schedule!:s suspend:b target:s(primary
      |prefer-standby)} status:*}
    barmancloud.cnpg.io/ObjectStore {apiVersion:s kind:s metadata!:@1
      spec!:{configuration!:{azureCredentials:@7 data:{additionalCommandArgs:[s]
      compression:s(bzip2|gzip|lz4|snappy) encryption:s(AES256|aws:kms) immediateCheckpoint:b
      jobs:i1.. restoreAdditionalCommandArgs:[s]} destinationPath!:s+ endpointCA:{key!:s name!:s}
      endpointURL:s googleCredentials:@8 historyTags:<s> s3Credentials:@9 serverName:s tags:<s>
      wal:@10} instanceSidecarConfiguration:{additionalContainerArgs:[s] env:[@18]
      logLevel:s(error|warning|info|debug|trace) resources:@28 retentionPolicyIntervalSeconds:i}
      retentionPolicy:s~1} status:*}
    """#
}

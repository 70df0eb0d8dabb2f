{{/* A cluster; .role is cluster or campaign, and says whose pods they are. */}}
{{- define "sekkei.rayCluster" -}}
{{- $root := .root -}}
{{- $ray := $root.Values.ray -}}
{{- $scales := $ray.autoscaling.enabled -}}
rayVersion: {{ $ray.version | quote }}
authOptions:
  mode: token
  secretName: {{ $ray.authSecret }}
enableInTreeAutoscaling: {{ $scales }}
{{- if $scales }}
autoscalerOptions:
  version: v2
  idleTimeoutSeconds: {{ $ray.autoscaling.idleTimeoutSeconds }}
  upscalingMode: {{ $ray.autoscaling.upscalingMode }}
  imagePullPolicy: {{ $root.Values.image.pullPolicy }}
  resources:
    {{- include "sekkei.resources" $ray.autoscaling.resources | nindent 4 }}
  securityContext:
    {{- include "sekkei.security" $root | nindent 4 }}
  env:
    {{- include "sekkei.environment" $root | nindent 4 }}
  volumeMounts:
    - {name: tmp, mountPath: /tmp}
{{- end }}
headGroupSpec:
  serviceType: ClusterIP
  rayStartParams:
    dashboard-host: 0.0.0.0
    num-cpus: "0"         # the driver and Ray's own processes have its CPUs
  template:
    metadata:
      labels:
        {{- include "sekkei.labels" (dict "root" $root "component" "ray") | nindent 8 }}
        sekkei/node: head
      annotations:
        # To save a node, nobody should end a campaign.
        cluster-autoscaler.kubernetes.io/safe-to-evict: "false"
    spec:
      {{- /* KubeRay makes an account for the container that scales, with the few rights it needs. */}}
      {{- if not $scales }}
      serviceAccountName: {{ include "sekkei.name" $root }}
      automountServiceAccountToken: false
      {{- end }}
      enableServiceLinks: false
      restartPolicy: {{ ternary "Never" "Always" $scales }}
      terminationGracePeriodSeconds: 60
      {{- include "sekkei.pullSecrets" $root | nindent 6 }}
      securityContext:
        {{- include "sekkei.podSecurity" $root | nindent 8 }}
      containers:
        - name: ray-head
          {{- include "sekkei.pull" (dict "root" $root) | nindent 10 }}
          ports:
            - {name: gcs, containerPort: 6379}
            - {name: dashboard, containerPort: 8265}
            - {name: metrics, containerPort: 8080}
          env:
            {{- include "sekkei.environment" $root | nindent 12 }}
            {{- /* The driver is the only one that reads and writes the lake. */}}
            {{- include "sekkei.storageEnvironment" $root | nindent 12 }}
          resources:
            {{- include "sekkei.resources" $ray.head.resources | nindent 12 }}
          securityContext:
            {{- include "sekkei.security" $root | nindent 12 }}
          volumeMounts:
            - {name: tmp, mountPath: /tmp}
            - {name: shared-memory, mountPath: /dev/shm}
            - {name: storage, mountPath: /etc/sekkei/storage, readOnly: true}
            {{- if eq .role "campaign" }}
            - {name: campaign, mountPath: /etc/sekkei/campaign, readOnly: true}
            {{- end }}
      volumes:
        {{- include "sekkei.rayVolumes" $ray.head.sharedMemory | nindent 8 }}
        {{- include "sekkei.storageVolume" $root | nindent 8 }}
        {{- if eq .role "campaign" }}
        - name: campaign
          configMap:
            name: {{ include "sekkei.campaignName" $root }}
        {{- end }}
      {{- include "sekkei.placement" $ray.head.placement | nindent 6 }}
workerGroupSpecs:
  {{- range $group := $ray.workerGroups }}
  - groupName: {{ $group.name }}
    replicas: {{ include "sekkei.replicas" $group }}
    {{- /* Without scaling there is no other number than this one. */}}
    minReplicas: {{ $scales | ternary ($group.minReplicas | default 0) (include "sekkei.replicas" $group) }}
    maxReplicas: {{ $scales | ternary ($group.maxReplicas | default 1) (include "sekkei.replicas" $group) }}
    rayStartParams: {}
    template:
      metadata:
        labels:
          {{- include "sekkei.labels" (dict "root" $root "component" "ray") | nindent 10 }}
          sekkei/node: worker
      spec:
        serviceAccountName: {{ include "sekkei.name" $root }}
        automountServiceAccountToken: false
        enableServiceLinks: false
        restartPolicy: {{ ternary "Never" "Always" $scales }}
        terminationGracePeriodSeconds: 30
        {{- include "sekkei.pullSecrets" $root | nindent 8 }}
        securityContext:
          {{- include "sekkei.podSecurity" $root | nindent 10 }}
        containers:
          - name: ray-worker
            {{- include "sekkei.pull" (dict "root" $root "tag" $group.imageTag) | nindent 12 }}
            ports:
              - {name: metrics, containerPort: 8080}
            env:
              {{- include "sekkei.environment" $root | nindent 14 }}
            resources:
              {{- include "sekkei.resources" $group.resources | nindent 14 }}
            securityContext:
              {{- include "sekkei.security" $root | nindent 14 }}
            volumeMounts:
              - {name: tmp, mountPath: /tmp}
              - {name: shared-memory, mountPath: /dev/shm}
        volumes:
          {{- include "sekkei.rayVolumes" ($group.sharedMemory | default "1Gi") | nindent 10 }}
        {{- include "sekkei.placement" ($group.placement | default dict) | nindent 8 }}
  {{- end }}
{{- end }}

{{/* Helm fills in no defaults within lists, so the template does. */}}
{{- define "sekkei.replicas" -}}
{{ hasKey . "replicas" | ternary .replicas 1 }}
{{- end }}

{{/* Ray's object store is in /dev/shm, which is 64 MiB unless one asks for more. */}}
{{- define "sekkei.rayVolumes" -}}
- name: tmp
  emptyDir: {sizeLimit: 20Gi}
- name: shared-memory
  emptyDir: {medium: Memory, sizeLimit: {{ . }}}
{{- end }}

{{/* Another specification or lake is another job; KubeRay allows 47 characters. */}}
{{- define "sekkei.campaignName" -}}
{{- $told := printf "%s %s" .Values.campaign.specification .Values.lake.url -}}
{{ include "sekkei.name" . }}-{{ $told | sha256sum | trunc 8 }}
{{- end }}

{{- define "sekkei.queueLabels" -}}
{{- with .Values.kueue.queue }}
kueue.x-k8s.io/queue-name: {{ . }}
{{- end }}
{{- with .Values.kueue.priorityClass }}
kueue.x-k8s.io/priority-class: {{ . }}
{{- end }}
{{- end }}

{{- define "sekkei.checkRay" -}}
{{- if and .Values.ray.autoscaling.enabled .Values.kueue.queue }}
{{- fail "kueue.queue and ray.autoscaling.enabled exclude each other: Kueue grants a fixed size; choose one" }}
{{- end }}
{{- if and .Values.ray.autoscaling.enabled .Values.networkPolicy.enabled (not .Values.networkPolicy.kubernetesApi.to) }}
{{- fail "networkPolicy.kubernetesApi must name the address of the API server where ray.autoscaling is enabled; see kubectl get endpointslices -n default -l kubernetes.io/service-name=kubernetes" }}
{{- end }}
{{- $names := dict }}
{{- range .Values.ray.workerGroups }}
{{- if hasKey $names .name }}{{ fail (printf "ray.workerGroups must have names of their own, but %s is there twice" .name) }}{{ end }}
{{- $_ := set $names .name true }}
{{- $most := .maxReplicas | default 1 }}
{{- if lt (int $most) (int (.minReplicas | default 0)) }}
{{- fail (printf "ray.workerGroups %s: maxReplicas must be at least minReplicas, but is %v against %v" .name $most .minReplicas) }}
{{- end }}
{{- end }}
{{- end }}

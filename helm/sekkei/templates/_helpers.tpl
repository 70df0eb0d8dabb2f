{{- define "sekkei.name" -}}
{{- .Values.nameOverride | default .Release.Name | trunc 30 | trimSuffix "-" -}}
{{- end }}

{{/* Labels that select: they never change. */}}
{{- define "sekkei.selector" -}}
app.kubernetes.io/name: sekkei
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "sekkei.labels" -}}
{{ include "sekkei.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{/* Image, by digest where there is one. */}}
{{- define "sekkei.image" -}}
{{- $image := .root.Values.image -}}
{{- with $image.registry }}{{ . }}/{{ end }}{{ $image.repository -}}
{{- if and $image.digest (not .tag) }}@{{ $image.digest }}{{ else }}:{{ .tag | default $image.tag | default .root.Chart.AppVersion }}{{ end }}
{{- end }}

{{- define "sekkei.pull" -}}
image: {{ include "sekkei.image" . | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
{{- end }}

{{- define "sekkei.pullSecrets" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "sekkei.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .Values.userId }}
runAsGroup: {{ .Values.userId }}
fsGroup: {{ .Values.userId }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "sekkei.security" -}}
allowPrivilegeEscalation: false
privileged: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{/* Request and limit are equal: nothing is promised twice, and the pod is the last to be evicted. */}}
{{- define "sekkei.resources" -}}
{{- $amounts := dict "cpu" .cpu "memory" .memory -}}
{{- if .gpu }}{{ $_ := set $amounts "nvidia.com/gpu" (toString .gpu) }}{{ end -}}
requests:
  {{- toYaml $amounts | nindent 2 }}
limits:
  {{- toYaml $amounts | nindent 2 }}
{{- end }}

{{- define "sekkei.placement" -}}
{{- with .nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Nobody writes to the image: all that is written goes to /tmp, and tells nobody outside. */}}
{{- define "sekkei.environment" -}}
- name: HOME
  value: /tmp
- name: XDG_CACHE_HOME
  value: /tmp/cache
- name: MPLCONFIGDIR
  value: /tmp/matplotlib
- name: OMP_NUM_THREADS
  value: "1"
- name: MLFLOW_DISABLE_TELEMETRY
  value: "true"
- name: RAY_USAGE_STATS_ENABLED
  value: "0"
{{- end }}

{{/* The key of the bucket is a file: variables are shown by `describe`, and go to every child. */}}
{{- define "sekkei.storageEnvironment" -}}
- name: AWS_SHARED_CREDENTIALS_FILE
  value: /etc/sekkei/storage/credentials
- name: AWS_EC2_METADATA_DISABLED
  value: "true"
- name: AWS_REGION
  value: {{ .Values.objectStorage.region | quote }}
{{- with .Values.objectStorage.endpoint }}
- name: AWS_ENDPOINT_URL_S3
  value: {{ . | quote }}
- name: MLFLOW_S3_ENDPOINT_URL
  value: {{ . | quote }}
{{- end }}
{{- end }}

{{- define "sekkei.mlflowAddress" -}}
http://{{ include "sekkei.name" . }}-mlflow:{{ .Values.mlflow.port }}
{{- end }}

{{- define "sekkei.storageVolume" -}}
- name: storage
  secret:
    secretName: {{ .Values.objectStorage.existingSecret }}
    defaultMode: 0440
    items: [{key: credentials, path: credentials}]
{{- end }}

{{- define "checkout.host" -}}
{{ .Chart.Name }}.{{ .Release.Namespace }}.svc.cluster.local
{{- end }}

{{- define "checkout.labels" -}}
app: {{ .Chart.Name }}
{{- end }}

{{/*
One version of checkout as a Deployment without its size. Takes a dict of root and version.
*/}}
{{- define "checkout.podTemplate" -}}
selector:
  matchLabels:
    {{- include "checkout.labels" .root | nindent 4 }}
    version: {{ .version.version }}
template:
  metadata:
    labels:
      {{- include "checkout.labels" .root | nindent 6 }}
      version: {{ .version.version }}
  spec:
    serviceAccountName: {{ .root.Chart.Name }}
    topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: topology.kubernetes.io/zone
      whenUnsatisfiable: DoNotSchedule
      labelSelector:
        matchLabels:
          {{- include "checkout.labels" .root | nindent 10 }}
          version: {{ .version.version }}
    containers:
    - name: {{ .root.Chart.Name }}
      image: "{{ .root.Values.image.repository }}:{{ .version.tag }}"
      ports:
      - name: http
        containerPort: {{ .root.Values.service.port }}
      readinessProbe:
        httpGet:
          path: /ready
          port: http
        periodSeconds: 5
        timeoutSeconds: 2
        failureThreshold: 3
      resources:
        {{- toYaml .root.Values.resources | nindent 8 }}
{{- end }}

{{/*
How long a request may take, and how often it is tried.
*/}}
{{- define "checkout.patience" -}}
timeout: {{ .Values.mesh.timeout }}
{{- with .Values.mesh.retries }}
retries:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

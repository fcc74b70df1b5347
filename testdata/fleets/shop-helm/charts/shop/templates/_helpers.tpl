{{/*
The name by which the mesh knows a service. Takes a dict of name and namespace.
*/}}
{{- define "shop.host" -}}
{{ .name }}.{{ .namespace }}.svc.cluster.local
{{- end }}

{{/*
A service with the defaults filled in, as YAML. Takes a dict of root, name and service.
*/}}
{{- define "shop.service" -}}
{{- $s := mergeOverwrite (deepCopy .root.Values.defaults) (deepCopy .service) -}}
{{- $_ := set $s "name" .name -}}
{{- $_ := set $s "host" (include "shop.host" (dict "name" .name "namespace" $s.namespace)) -}}
{{- $_ := set $s "runsHere" (has (required "cluster.region is missing" .root.Values.cluster.region) $s.regions) -}}
{{ toYaml $s }}
{{- end }}

{{/*
What a Deployment is called and what its pods are selected by: the version is part of it only where there are several.
*/}}
{{- define "shop.deploymentName" -}}
{{ .service.name }}{{ if gt (len .service.versions) 1 }}-{{ .version.name }}{{ end }}
{{- end }}

{{- define "shop.selectorLabels" -}}
app: {{ .service.name }}
{{- if gt (len .service.versions) 1 }}
version: {{ .version.name }}
{{- end }}
{{- end }}

{{/*
One pod a zone before any zone gets two. Takes the labels of the pods, as YAML.
*/}}
{{- define "shop.spread" -}}
topologySpreadConstraints:
- maxSkew: 1
  topologyKey: topology.kubernetes.io/zone
  whenUnsatisfiable: DoNotSchedule
  labelSelector:
    matchLabels:
      {{- . | nindent 6 }}
{{- end }}

{{/*
The policy of every DestinationRule. Takes a dict of root and locality.
*/}}
{{- define "shop.trafficPolicy" -}}
connectionPool:
  tcp:
    connectTimeout: 2s
loadBalancer:
  simple: LEAST_REQUEST
  localityLbSetting:
    {{- include "shop.locality" . | nindent 4 }}
outlierDetection:
  {{- toYaml .root.Values.outlierDetection | nindent 2 }}
{{- end }}

{{- define "shop.locality" -}}
{{- $table := .root.Values.failover -}}
{{- with .locality.from -}}
failover:
{{- range . }}
- from: {{ . }}
  to: {{ required (printf "failover.%s is missing" .) (index $table .) }}
{{- end }}
{{- else with .locality.priority -}}
failoverPriority:
{{- toYaml . | nindent 0 }}
{{- else -}}
enabled: {{ .locality.anywhere }}
{{- end }}
{{- end }}

{{/*
How long a request may take and how often it is tried. Takes a dict of root and route, which has timeout and perTryTimeout.
*/}}
{{- define "shop.patience" -}}
timeout: {{ .route.timeout }}
retries:
  {{- toYaml .root.Values.retries | nindent 2 }}
  perTryTimeout: {{ .route.perTryTimeout }}
{{- end }}

{{/*
The addresses that a load balancer got.
*/}}
{{- define "shop.addresses" -}}
loadBalancer:
  ingress:
  {{- range . }}
  - ip: {{ . }}
  {{- end }}
{{- end }}

{{/*
The labels of a gateway. Takes the gateway's name, without the istio- in front.
*/}}
{{- define "shop.gatewayLabels" -}}
app: istio-{{ . }}
istio: {{ . }}
{{- end }}

package source

import (
	"testing"

	"golang.org/x/tools/txtar"
)

// In this repository two files are manifests. All others are something else, and say so quietly.
const repository = `
-- Chart.yaml --
name: outside
-- ansible/site.yml --
- hosts: all
  tasks:
    - name: "{{ item }}"
-- ansible/vars.yml --
password: !vault |
  $ANSIBLE_VAULT;1.1;AES256
-- ansible/jinja.yml --
{% for h in hosts %}
- name: {{ h }}
{% endfor %}
-- .github/workflows/ci.yaml --
on: push
jobs: {build: {runs-on: x}}
-- action.yml --
name: a
runs: {using: composite}
-- chart/Chart.yaml --
apiVersion: v2
name: pay
-- chart/values.yaml --
replicas: 1
-- chart/values-prod.yaml --
replicas: 2
-- chart/templates/deploy.yaml --
apiVersion: apps/v1
kind: Deployment
-- chart/templates/tests/deploy.yaml --
{{- if .Values.x }}
{{- end }}
-- chart/crds/crd.yaml --
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: xs.a.b}
-- cloudformation/a.yaml --
AWSTemplateFormatVersion: "2010-09-09"
-- cloudformation/b.yaml --
Resources:
  Bucket: {Type: AWS::S3::Bucket, Properties: {Name: !Ref X}}
-- compose.yaml --
services: {web: {image: a}}
-- docker-compose.yml --
version: "3"
services: {web: {image: a}}
-- kustomize/kustomization.yaml --
resources: [a.yaml]
-- kustomize/component.yaml --
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
-- kustomize/patch.yaml --
apiVersion: apps/v1
kind: Deployment
metadata: {name: patched}
spec: {replicas: 3}
-- kustomize/patch-json.yaml --
- op: replace
  path: /spec/replicas
  value: 3
-- flux.yaml --
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux}
-- mkdocs.yml --
site_name: docs
markdown_extensions: [{a: {b: !!python/name:x.y ""}}]
-- muster.yaml --
apiVersion: passmuster.dev/v1
meshes: []
-- openapi.yaml --
openapi: 3.1.0
-- swagger.json --
{"swagger": "2.0"}
-- package.json --
{"name": "x", "scripts": {}}
-- tsconfig.json --
{
  /* comments */
  "compilerOptions": {},
}
-- schema.json --
{"$schema": "https://json-schema.org/draft/2020-12/schema"}
-- scalar.yaml --
just text
-- template.yaml --
apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}
-- template-quoted.yaml --
apiVersion: v1
kind: Service
metadata:
  name: "{{ .Release.Name }}"
-- template-block.yaml --
apiVersion: v1
kind: Service
metadata:
  labels:
    {{- include "x.labels" . | nindent 4 }}
-- unknown.yaml --
apiVersion: example.com/v1
kind: Whatever
metadata: {name: unknown}
`

func TestWhatIsNoManifestIsRecognised(t *testing.T) {
	dir := extract(t, repository)
	expect(t, load(t, dir, Options{}, Input{Path: "."}),
		"chart/crds/crd.yaml:1 CustomResourceDefinition/xs.a.b",
		"flux.yaml:1 Kustomization/flux",
		"kustomize/patch.yaml:1 Deployment/patched",
		"unknown.yaml:1 Whatever/unknown",

		".github/workflows/ci.yaml ignored: GitHub workflow",
		"Chart.yaml ignored: Helm chart, not rendered",
		"action.yml ignored: GitHub action",
		"ansible/jinja.yml ignored: template, not rendered",
		"ansible/site.yml ignored: Ansible playbook",
		"ansible/vars.yml ignored: not a manifest (no apiVersion and kind)",
		"chart/Chart.yaml ignored: Helm chart, not rendered",
		"chart/templates/deploy.yaml ignored: Helm template, of no chart that is rendered",
		"chart/templates/tests/deploy.yaml ignored: Helm template, of no chart that is rendered",
		"chart/values-prod.yaml ignored: not a manifest (no apiVersion and kind)",
		"chart/values.yaml ignored: Helm values",
		"cloudformation/a.yaml ignored: CloudFormation template",
		"cloudformation/b.yaml ignored: CloudFormation template",
		"compose.yaml ignored: Compose file",
		"docker-compose.yml ignored: Compose file",
		"kustomize/component.yaml ignored: kustomization, not rendered under this name",
		"kustomize/kustomization.yaml ignored: kustomization, not rendered",
		"kustomize/patch-json.yaml ignored: JSON patch, applied by its kustomization",
		"mkdocs.yml ignored: MkDocs configuration",
		"muster.yaml ignored: muster config",
		"openapi.yaml ignored: OpenAPI document",
		"package.json ignored: not a manifest (no apiVersion and kind)",
		"scalar.yaml ignored: not a manifest (no apiVersion and kind)",
		"schema.json ignored: not a manifest (it names a JSON schema)",
		"swagger.json ignored: OpenAPI document",
		"template-block.yaml ignored: template, not rendered",
		"template-quoted.yaml ignored: template, not rendered",
		"template.yaml ignored: template, not rendered",
		"tsconfig.json ignored: JSON with comments, not a manifest",
	)
	// A template that the user names is read like any file.
	expect(t, load(t, dir, Options{}, Input{Path: "chart/templates/deploy.yaml"}), "chart/templates/deploy.yaml:1 Deployment/")
}

func TestTemplatesAreToldFromBrokenManifests(t *testing.T) {
	const alert = "metadata:\n  annotations:\n    summary: '{{ $labels.pod }} is down'\n    text: |\n      {{ range . }}\n      {{ end }}\n"
	runParse(t, "f.yaml", []parseCase{
		{"mentions actions", "apiVersion: v1\nkind: A\n" + alert, []string{"1 A/"}},
		{"mentions actions and is broken", "apiVersion: v1\nkind: A\n" + alert + "spec:\n\tx: 1\n", []string{"f.yaml:10:1: " + tabMessage}},
		{"broken at the actions", "kind: A\n{{- if x }}\n{{- end }}\nspec:\n\tx: 1\n", []string{"1 ignored: template, not rendered"}},
		{"opened and not closed", "kind: {{ a\n", []string{"f.yaml:1:1: a {mapping} is not closed before this place"}},
		{"across lines", "a: {{ tpl\n  .x }}\n", []string{"1 ignored: template, not rendered"}},
		{"only one of two documents", object("a") + "---\na: {{ x }}\n", []string{"1 A/a", "3 ignored: template, not rendered"}},
	})
}

func TestHalfManifestsSayWhatIsMissing(t *testing.T) {
	runParse(t, "f.yaml", []parseCase{
		{"no apiVersion", "apiversion: v1\nkind: A\nmetadata: {name: a}\n", []string{"1 ignored: no apiVersion, though it looks like a manifest"}},
		{"no kind", "apiVersion: v1\nmetadata: {name: a}\n", []string{"1 ignored: no kind, though it looks like a manifest"}},
		{"neither", "metadata: {name: a}\n", []string{"1 ignored: " + notManifest}},
	})
}

func TestRepositoryIsComplete(t *testing.T) {
	// Every file of the archive is accounted for in what a load says about it.
	archive := txtar.Parse([]byte(repository))
	res, err := Load(t.Context(), []Input{{Path: "."}}, Options{Root: extract(t, repository)})
	if err != nil {
		t.Fatal(err)
	}
	if res.Files != len(archive.Files) || len(res.Docs)+len(res.Ignored) != len(archive.Files) {
		t.Errorf("%d files in the archive; %d found, %d delivered, %d ignored", len(archive.Files), res.Files, len(res.Docs), len(res.Ignored))
	}
}

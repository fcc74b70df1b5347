package source

import (
	"path"
	"strings"
)

// notManifest is the reason for everything that nobody could mean for Kubernetes.
const notManifest = "not a manifest (no apiVersion and kind)"

// ConsulConfiguration is the reason for what looks like entries or registrations of Consul, which its loader reads.
const ConsulConfiguration = "configuration of Consul, not read (no mesh of kind consul has it)"

// recogniseFile tells from the name and place of a file that it holds no manifests as it stands.
// Charts and kustomizations are rendered elsewhere, from what their directories hold; these reasons
// are for what nobody rendered.
func recogniseFile(f File) string {
	name := path.Base(f.Path)
	switch name {
	case "Chart.yaml":
		return "Helm chart, not rendered"
	case "Chart.yml":
		return "chart file, not named Chart.yaml"
	case "values.yaml", "values.yml":
		if !f.explicit {
			return "Helm values"
		}
	case "kustomization.yaml", "kustomization.yml", "Kustomization":
		return "kustomization, not rendered"
	}
	if f.template {
		return "Helm template, of no chart that is rendered"
	}
	return ""
}

// recognise tells what a document is if it is no manifest; "" means it is one.
func recognise(file string, js []byte, h *head) string {
	if h.isObject() {
		switch {
		case strings.HasPrefix(h.apiVersion, "kustomize.config.k8s.io/"):
			return kustomizationIn(file)
		case h.kind == "List" && h.items < 0, h.isList() && isEmptyArray(js, h.items):
			return "an empty list"
		case strings.Contains(h.apiVersion+h.kind+h.name+h.namespace, "{{"):
			return "template, not rendered"
		}
		return ""
	}
	if strings.HasPrefix(h.apiVersion, "passmuster.dev/") {
		return "muster config"
	}
	switch {
	case h.name != "" && h.kind != "":
		return "no apiVersion, though it looks like a manifest"
	case h.name != "" && h.apiVersion != "":
		return "no kind, though it looks like a manifest"
	}
	switch js[0] {
	case '{':
		return recogniseMapping(file, js)
	case '[':
		return recogniseList(js)
	}
	return notManifest
}

// kustomizationIn is the reason for a kustomization in a file that kustomize would not look for.
func kustomizationIn(file string) string {
	if file == "-" {
		return "kustomization, not rendered from standard input"
	}
	return "kustomization, not rendered under this name"
}

func isEmptyArray(js []byte, at int) bool { return js[skipSpace(js, at+1)] == ']' }

// recogniseMapping names the well-known kinds of configuration that live beside manifests.
func recogniseMapping(file string, js []byte) string {
	has := map[string]string{}
	kind := ""
	queried := false // a prepared query of Consul: its Service is an object that names a service
	members(js, 0, func(m member) bool {
		if m.keyEnd-m.key < 32 {
			if key := unquote(js[m.key:m.keyEnd]); strings.EqualFold(key, "kind") && js[m.value] == '"' {
				kind = unquote(js[m.value:m.end])
			} else if strings.EqualFold(key, "service") && js[m.value] == '{' {
				members(js, m.value, func(in member) bool {
					queried = in.keyEnd-in.key < 32 && strings.EqualFold(unquote(js[in.key:in.keyEnd]), "service") && js[in.value] == '"'
					return !queried
				})
			}
			has[unquote(js[m.key:m.keyEnd])] = string(js[m.value:min(m.end, m.value+1)])
		}
		return true
	})
	all := func(keys ...string) bool {
		for _, k := range keys {
			if _, ok := has[k]; !ok {
				return false
			}
		}
		return true
	}
	name := path.Base(file)
	switch {
	case all("AWSTemplateFormatVersion"), all("Resources") && strings.Contains(string(js), `"Type":"AWS::`):
		return "CloudFormation template"
	case all("openapi"), all("swagger"):
		return "OpenAPI document"
	// YAML 1.1 reads the key "on" as the boolean true.
	case all("jobs") && (all("on") || all("true")):
		return "GitHub workflow"
	case all("runs", "name"):
		return "GitHub action"
	case all("site_name"):
		return "MkDocs configuration"
	case isConsulKind(kind), (all("service") || all("services") || all("config_entries")) && strings.Contains(string(js), `"connect"`):
		return ConsulConfiguration
	case queried && (all("Name") || all("name")):
		return ConsulConfiguration
	case all("services") && (all("version") || strings.Contains(name, "compose")):
		return "Compose file"
	case all("resources") && (all("bases") || all("patches") || all("namePrefix")):
		return kustomizationIn(file)
	case all("$schema"):
		return "not a manifest (it names a JSON schema)"
	}
	return notManifest
}

// isConsulKind reports whether a kind is written as Consul writes those of its entries: "service-resolver".
func isConsulKind(kind string) bool {
	first, rest, ok := strings.Cut(kind, "-")
	return ok && first != "" && rest != "" && strings.Trim(kind, "-abcdefghijklmnopqrstuvwxyz") == ""
}

// recogniseList names what the first element of a top-level list gives away.
func recogniseList(js []byte) string {
	reason := notManifest
	elements(js, 0, func(start, end int) bool {
		if js[start] != '{' {
			return false
		}
		has := map[string]bool{}
		if recogniseMapping("", js[start:end]) == ConsulConfiguration {
			reason = ConsulConfiguration
			return false
		}
		members(js, start, func(m member) bool {
			has[unquote(js[m.key:m.keyEnd])] = true
			return true
		})
		switch {
		case has["hosts"] && (has["tasks"] || has["roles"] || has["pre_tasks"] || has["vars"] || has["gather_facts"]),
			has["import_playbook"], has["ansible.builtin.import_playbook"]:
			reason = "Ansible playbook"
		case has["op"] && has["path"]:
			reason = "JSON patch, applied by its kustomization"
		}
		return false
	})
	return reason
}

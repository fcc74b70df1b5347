package helm

import (
	"bytes"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/release"
	"sigs.k8s.io/yaml"
)

// hookEvents are the hooks that Helm knows; an object with another one is left out altogether.
var hookEvents = []string{
	release.HookPreInstall.String(), release.HookPostInstall.String(), release.HookPreDelete.String(), release.HookPostDelete.String(),
	release.HookPreUpgrade.String(), release.HookPostUpgrade.String(), release.HookPreRollback.String(), release.HookPostRollback.String(),
}

// documents splits rendered text where Helm does, at lines that begin with "---". The separators
// belong to the document below them.
func documents(text []byte) (parts [][2]int) {
	from := 0
	for at := 0; at < len(text); {
		if at > from && bytes.HasPrefix(text[at:], []byte("---")) {
			parts = append(parts, [2]int{from, at})
			from = at
		}
		i := bytes.IndexByte(text[at:], '\n')
		if i < 0 {
			break
		}
		at += i + 1
	}
	return append(parts, [2]int{from, len(text)})
}

// blankTests overwrites with spaces the objects that are not part of the deployed state: tests,
// and hooks that Helm does not know. Lines and offsets stay what they are.
func blankTests(text []byte) []byte {
	if !bytes.Contains(text, []byte(release.HookAnnotation)) {
		return text
	}
	out := slices.Clone(text)
	for _, part := range documents(text) {
		if !isLeftOut(text[part[0]:part[1]]) {
			continue
		}
		for i := part[0]; i < part[1]; i++ {
			if out[i] != '\n' && out[i] != '\r' {
				out[i] = ' '
			}
		}
	}
	return out
}

func isLeftOut(doc []byte) bool {
	if !bytes.Contains(doc, []byte(release.HookAnnotation)) {
		return false
	}
	var head struct {
		Metadata struct {
			Annotations map[string]any `json:"annotations"`
		} `json:"metadata"`
	}
	if yaml.Unmarshal(bytes.TrimPrefix(doc, []byte("---")), &head) != nil {
		return false
	}
	hooks, ok := head.Metadata.Annotations[release.HookAnnotation].(string)
	if !ok {
		return false
	}
	for h := range strings.SplitSeq(hooks, ",") {
		if !slices.Contains(hookEvents, strings.ToLower(strings.TrimSpace(h))) {
			return true
		}
	}
	return false
}

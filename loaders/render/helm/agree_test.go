package helm

import (
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/release"
	"helm.sh/helm/v3/pkg/releaseutil"
)

// TestAgreesWithHelmTemplate compares the objects of every example with those that Helm's own
// splitting and sorting gives, which is what `helm template` prints.
func TestAgreesWithHelmTemplate(t *testing.T) {
	for _, e := range examples(t) {
		if e.name == "unstable" || e.name == "library" {
			continue // random; Helm refuses to template a library
		}
		t.Run(e.name, func(t *testing.T) {
			ours, err := Render(t.Context(), e.in)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]int{}
			for _, text := range ours.Texts {
				for _, part := range documents(text.Rendered) {
					got[normal(string(text.Rendered[part[0]:part[1]]))]++
				}
			}
			want := helmTemplate(t, e.in)
			delete(got, "")
			delete(want, "")
			for doc, n := range want {
				if got[doc] != n {
					t.Errorf("Helm has %d times, ours %d times:\n%s", n, got[doc], doc)
				}
			}
			for doc := range got {
				if want[doc] == 0 {
					t.Errorf("Helm does not have:\n%s", doc)
				}
			}
		})
	}
}

func helmTemplate(t *testing.T, in Input) map[string]int {
	t.Helper()
	files, err := unpack(in.Files)
	if err != nil {
		t.Fatal(err)
	}
	l, err := load(files)
	if err != nil {
		t.Fatal(err)
	}
	user, err := in.userValues()
	if err != nil {
		t.Fatal(err)
	}
	if err := chartutil.ProcessDependencies(l.chart, user); err != nil {
		t.Fatal(err)
	}
	values, err := l.renderValues(in, user)
	if err != nil {
		t.Fatal(err)
	}
	texts, err := engine.Render(l.chart, values)
	if err != nil {
		t.Fatal(err)
	}
	for name := range texts {
		if strings.HasSuffix(name, "NOTES.txt") {
			delete(texts, name)
		}
	}
	hooks, manifests, err := releaseutil.SortManifests(texts, nil, releaseutil.InstallOrder)
	if err != nil {
		t.Fatal(err)
	}
	docs := map[string]int{}
	add := func(text string) {
		for _, part := range documents([]byte(text)) {
			docs[normal(text[part[0]:part[1]])]++
		}
	}
	for _, m := range manifests {
		add(m.Content)
	}
	for _, crd := range l.chart.CRDObjects() {
		add(string(crd.File.Data))
	}
	for _, h := range hooks {
		test := false
		for _, event := range h.Events {
			test = test || event == release.HookTest
		}
		if !test {
			add(h.Manifest)
		}
	}
	return docs
}

// normal is a document without separators, comments and blank lines.
func normal(doc string) string {
	var lines []string
	for l := range strings.SplitSeq(doc, "\n") {
		l = strings.TrimRight(l, " \r")
		if l != "" && l != "---" && !strings.HasPrefix(l, "#") {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, "\n")
}

package helm

import (
	"bytes"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/passmuster/muster/mesh"
)

// TestFailuresLeadWithTheirPosition tells a user where rendering stopped, in one line.
func TestFailuresLeadWithTheirPosition(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   Input
		want string
	}{
		{"required", chartOf("templates/x.yaml", "a: b\nc: {{ required \"name a region\" .Values.region }}\n"),
			"templates/x.yaml:2:7: name a region"},
		{"fail", chartOf("templates/x.yaml", "{{ fail \"no way: really\" }}"), "templates/x.yaml:1:4: no way: really"},
		{"within a helper", chartOf("templates/x.yaml", "a: {{ include \"h\" . }}\n",
			"templates/_h.tpl", "{{ define \"h\" }}\n{{ fail \"broken\" }}\n{{ end }}"),
			"templates/x.yaml:1:7: broken"},
		{"a function within a helper", chartOf("templates/x.yaml", "a: {{ include \"h\" . }}\n",
			"templates/_h.tpl", "{{ define \"h\" }}\n{{ mustToDate \"2006\" \"x\" }}\n{{ end }}"),
			"templates/_h.tpl:2:4: error calling mustToDate: parsing time \"x\" as \"2006\": cannot parse \"x\" as \"2006\" (from templates/x.yaml:1:7)"},
		{"syntax", chartOf("templates/x.yaml", "a: b\n{{ if }}\n"), "templates/x.yaml:2: missing value for if"},
		{"unknown function", chartOf("templates/x.yaml", "a: {{ nope 1 }}\n"), "templates/x.yaml:1: function \"nope\" not defined"},
		{"nil pointer", chartOf("templates/x.yaml", "a: {{ .Values.a.b.c }}\n"),
			"templates/x.yaml:1:14: nil pointer evaluating interface {}.b"},
		{"recursion", chartOf("templates/x.yaml", "a: {{ include \"h\" . }}\n", "templates/_h.tpl", "{{ define \"h\" }}{{ include \"h\" . }}{{ end }}"),
			"templates/_h.tpl:1:20: error calling include: rendering template has a nested reference name: h: unable to execute template (from templates/x.yaml:1:7)"},
		{"recursion of template", chartOf("templates/x.yaml", "a: {{ template \"h\" . }}\n", "templates/_h.tpl", "{{ define \"h\" }}{{ template \"h\" . }}{{ end }}"),
			"templates/_h.tpl:1:29: exceeded maximum template depth"},
		{"recursion of tpl", chartOf("templates/x.yaml", "{{ define \"h\" }}{{ tpl \"{{ include \\\"h\\\" . }}\" . }}{{ end }}{{ include \"h\" . }}"), ""},
		{"values.yaml", chartOf("values.yaml", "a: b\nc: [\n"), "values.yaml:2:1: did not find expected node content"},
		{"values.yaml is a list", chartOf("values.yaml", "- a\n"), "values.yaml:1:1: this is not the mapping"},
		{"values of a subchart", chartOf("charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 1.0.0\n", "charts/sub/values.yaml", "a: b: c\n"),
			"charts/sub/values.yaml:1:1: mapping values are not allowed"},
		{"Chart.yaml", chartOf("Chart.yaml", "name: [\n"), "Chart.yaml:"},
		{"no version", chartOf("Chart.yaml", "apiVersion: v2\nname: x\n"), "Chart.yaml:1:1: validation: chart.metadata.version is required"},
		{"no archive", chartOf("charts/x.tgz", "text"), "charts/x.tgz: this is no packed chart"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Render(t.Context(), tt.in)
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Fatalf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestExplainFindsTheFile(t *testing.T) {
	in := chartOf("templates/x.yaml", "", "charts/a.tgz", "")
	in.Values = []ValuesFile{{"values/east.yaml", nil}}
	for text, want := range map[string]string{
		"templates/x.yaml:12:5: no: way":             "charts/example/templates/x.yaml:12:5|no: way",
		"templates/x.yaml:3: missing value":          "charts/example/templates/x.yaml:3|missing value",
		"values/east.yaml:2:1: bad":                  "values/east.yaml:2:1|bad",
		"charts/a.tgz/templates/y.yaml:1:2: bad":     "charts/example/charts/a.tgz|charts/a.tgz/templates/y.yaml:1:2: bad",
		"charts/a.tgz: damaged":                      "charts/example/charts/a.tgz|damaged",
		"signal: killed":                             "charts/example/Chart.yaml:1:1|signal: killed",
		"../../etc/passwd:1:1: not a file of theirs": "charts/example/Chart.yaml:1:1|../../etc/passwd:1:1: not a file of theirs",
	} {
		p := Explain(in, text)
		if got := p.Position.String() + "|" + p.Message; got != want {
			t.Errorf("Explain(%q)\n got %s\nwant %s", text, got, want)
		}
	}
}

const schema = `{"type": "object", "properties": {"replicas": {"type": "integer", "minimum": 1}}, "additionalProperties": true}`

func TestSchemaViolationsPointAtTheValue(t *testing.T) {
	in := chartOf("values.yaml", "a: b\nreplicas: 1\n", "values.schema.json", schema, "templates/x.yaml", "a: b\n")
	if _, err := Render(t.Context(), in); err != nil {
		t.Fatalf("values that fit: %v", err)
	}
	in.Values = []ValuesFile{{"values/east.yaml", []byte("b: c\nreplicas: two\n")}}
	_, err := Render(t.Context(), in)
	want := "values/east.yaml:2:1: values do not fit values.schema.json: /replicas: got string, want integer"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// TestSchemasReferToNothingOutside keeps files and the network out of reach of a schema.
func TestSchemasReferToNothingOutside(t *testing.T) {
	for _, ref := range []string{"file:///etc/hostname", "http://127.0.0.1:1/x.json", "https://example.test/x.json", "urn:x", "other.json"} {
		in := chartOf("values.schema.json", `{"$ref": "`+ref+`"}`, "templates/x.yaml", "a: b\n")
		out, err := Render(t.Context(), in)
		if err != nil {
			t.Errorf("%s: %v", ref, err)
			continue
		}
		if len(out.Notes) != 1 || !strings.Contains(out.Notes[0], "which is not read") || len(out.Texts) != 1 {
			t.Errorf("%s: %+v", ref, out)
		}
	}
}

// TestWhatTemplatesSeeOfTheCluster holds the defaults that charts decide by.
func TestWhatTemplatesSeeOfTheCluster(t *testing.T) {
	const text = `version: {{ .Capabilities.KubeVersion.Version }}
hpa: {{ .Capabilities.APIVersions.Has "autoscaling/v2" }}
kind: {{ .Capabilities.APIVersions.Has "networking.istio.io/v1/DestinationRule" }}
old: {{ .Capabilities.APIVersions.Has "policy/v1beta1" }}
own: {{ .Capabilities.APIVersions.Has "example.test/v1" }}
release: {{ .Release.Name }}/{{ .Release.Namespace }}/{{ .Release.IsInstall }}
lookup: {{ lookup "v1" "Secret" "a" "b" | len }}
dns: {{ getHostByName "localhost" | quote }}
`
	in := chartOf("templates/x.yaml", text)
	in.APIVersions, in.Release = []string{"example.test/v1"}, "pay"
	out, err := Render(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	want := "version: v1.33.0\nhpa: true\nkind: true\nold: false\nown: true\nrelease: pay/default/true\nlookup: 0\ndns: \"\"\n"
	if got := string(out.Texts[0].Rendered); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	in = chartOf("templates/x.yaml", "a: {{ env \"HOME\" }}")
	if _, err := Render(t.Context(), in); err == nil {
		t.Error("a template reads the environment")
	}
}

func TestIgnoredFilesAreNotRendered(t *testing.T) {
	in := chartOf(".helmignore", "*.bak\ntemplates/old/\n", "templates/x.yaml", "a: b\n", "templates/x.yaml.bak", "{{", "templates/old/y.yaml", "{{ nope }}")
	out, err := Render(t.Context(), in)
	if err != nil || len(out.Texts) != 1 || out.Texts[0].Template != "templates/x.yaml" {
		t.Errorf("%v %+v", err, out)
	}
}

func TestPackedChartsAreBounded(t *testing.T) {
	bomb := pack(t, map[string][]byte{"a/Chart.yaml": []byte("name: a\n"), "a/zeros": make([]byte, maxUnpacked)})
	in := chartOf()
	in.Files = append(in.Files, File{"charts/a.tgz", bomb})
	_, err := Render(t.Context(), in)
	const want = "charts/a.tgz: the packed charts hold more than 32 MiB; they are not unpacked"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if problems := Check(in); len(problems) != 1 || problems[0].Position.File != "charts/example/charts/a.tgz" {
		t.Errorf("Check: %+v", problems)
	}
	inner := []byte("text")
	for range maxNested + 2 {
		inner = pack(t, map[string][]byte{"a/Chart.yaml": []byte("apiVersion: v2\nname: a\nversion: 1.0.0\n"), "a/charts/a.tgz": inner})
	}
	in.Files[len(in.Files)-1].Data = inner
	if _, err := Render(t.Context(), in); err == nil || !strings.Contains(err.Error(), "nested too deeply") {
		t.Errorf("archives within archives: %v", err)
	}
}

// TestOutputSurvivesAPipe holds that the child process can send what it found in either form.
func TestOutputSurvivesAPipe(t *testing.T) {
	for _, e := range examples(t) {
		out, err := Render(t.Context(), e.in)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := gob.NewEncoder(&b).Encode(out); err != nil {
			t.Fatal(err)
		}
		var again Output
		if err := gob.NewDecoder(&b).Decode(&again); err != nil || describe(e.in, out) != describe(e.in, &again) {
			t.Errorf("%s: gob: %v", e.name, err)
		}
		js, err := json.Marshal(out)
		if err != nil {
			t.Fatal(err)
		}
		again = Output{}
		if err := json.Unmarshal(js, &again); err != nil || describe(e.in, out) != describe(e.in, &again) {
			t.Errorf("%s: json: %v", e.name, err)
		}
	}
}

func TestRenderIsDeterministic(t *testing.T) {
	for _, e := range examples(t) {
		if e.name == "unstable" {
			continue
		}
		first, err := Render(t.Context(), e.in)
		if err != nil {
			t.Fatal(err)
		}
		for range 5 {
			again, err := Render(t.Context(), e.in)
			if err != nil || !reflect.DeepEqual(first, again) {
				t.Fatalf("%s differs from render to render: %v", e.name, err)
			}
		}
	}
}

func TestRenderStopsBetweenSteps(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Render(ctx, chartOf("templates/x.yaml", "a: b\n")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestLargeTemplatesAreAlignedByLines holds that what is too large to run twice still has lines.
func TestLargeTemplatesAreAlignedByLines(t *testing.T) {
	var b strings.Builder
	for i := range 60_000 {
		fmt.Fprintf(&b, "key-%05d: {a: 1, b: 2}\n", i)
	}
	in := chartOf("templates/x.yaml", "kind: {{ .Release.Name }}\n{{- if true }}\n{{- end }}\n"+b.String())
	out, err := Render(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	got := NewAttribution(in, out.Texts[0]).Locate("/key-59999", mesh.Position{Line: 60_001, Column: 1})
	if got.File != "charts/example/templates/x.yaml" || got.Line != 60_003 || got.Column != 1 || len(got.Via) != 1 || got.Via[0].What != inRendered {
		t.Errorf("got %v %v", got, got.Via)
	}
}

func TestLocateIsSafeForConcurrentUse(t *testing.T) {
	in := chartOf("values.yaml", "a: 1\n", "templates/x.yaml", "a: {{ .Values.a }}\n---\nb: c\n")
	out, err := Render(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	a := NewAttribution(in, out.Texts[0])
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			line := 1 + i%2*2
			want := []string{"charts/example/values.yaml:1:1", "charts/example/templates/x.yaml:3:1"}[i%2]
			if got := a.Locate([]string{"/a", "/b"}[i%2], mesh.Position{Line: line, Column: 1}); got.String() != want {
				t.Errorf("got %v, want %s", got, want)
			}
		})
	}
	wg.Wait()
}

// TestMappingsOfTheValuesAreFound points at the key of a whole block that toYaml printed, and at
// the template where the block is its own.
func TestMappingsOfTheValuesAreFound(t *testing.T) {
	in := chartOf("values.yaml", "x: 1\noutlierDetection:\n  consecutive5xxErrors: 5\n  baseEjectionTime: 30s\n",
		"templates/x.yaml", "spec:\n  outlierDetection:\n    {{- toYaml .Values.outlierDetection | nindent 4 }}\n  tls:\n    mode: {{ .Values.mode | default \"ISTIO_MUTUAL\" }}\n")
	out, err := Render(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	a := NewAttribution(in, out.Texts[0])
	for _, tt := range []struct {
		path         string
		line, column int
		want         string
	}{
		{"/spec", 1, 1, "charts/example/templates/x.yaml:1:1"},
		{"/spec/outlierDetection", 2, 3, "charts/example/values.yaml:2:1"},
		{"/spec/outlierDetection/baseEjectionTime", 3, 5, "charts/example/values.yaml:4:3"},
		{"/spec/tls", 5, 3, "charts/example/templates/x.yaml:4:3"},
		{"/spec/tls/mode", 6, 5, "charts/example/templates/x.yaml:5:5"},
	} {
		if got := a.Locate(tt.path, mesh.Position{Line: tt.line, Column: tt.column}); got.String() != tt.want || got.Path != tt.path {
			t.Errorf("%s: got %v, want %s", tt.path, got, tt.want)
		}
	}
}

//go:build unix

package hostile

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// renderedObjects are what each of renders holds beside what is wrong with it.
const renderedObjects = 3

// renders are charts and kustomizations with something wrong in them, each in a directory and a
// namespace of its own, with a service that is sound. In their files OWN stands for that service.
var renders = []struct {
	dir   string
	files map[string]string
	links map[string]string // file to target
	// The one line: where, below dir, and what.
	file         string
	line, column int
	message      string
}{
	{
		dir: "dependency", files: map[string]string{
			"Chart.yaml":         chartYAML + "dependencies:\n- {name: redis, version: 1.x, repository: https://charts.invalid}\n",
			"values.yaml":        "replicas: 3\n",
			"templates/own.yaml": "OWN",
		},
		file: "Chart.yaml", line: 5, column: 3, message: `dependency "redis" (1.x) is not in charts/ (helm dependency build dependency)`,
	}, {
		dir: "remote", files: map[string]string{"kustomization.yaml": "resources:\n- own.yaml\n- https://github.invalid/owner/repo//base?ref=main\n", "own.yaml": "OWN"},
		file: "kustomization.yaml", line: 3, column: 3, message: "is not on this disk, and muster fetches nothing; what it holds is unknown (kustomize localize remote)",
	}, {
		dir: "elsewhere", files: map[string]string{"kustomization.yaml": "resources: [own.yaml, ../../elsewhere]\n", "own.yaml": "OWN"},
		file: "kustomization.yaml", line: 1, column: 23, message: "resource ../../elsewhere leads out of the directory that was given as input and is not read",
	}, {
		dir: "linkedbase", files: map[string]string{"kustomization.yaml": "resources: [own.yaml, base]\n", "own.yaml": "OWN"},
		links: map[string]string{"base": "OUTSIDE"},
		file:  "kustomization.yaml", line: 1, column: 23, message: "resource base leads out of the directory that was given as input and is not read",
	}, {
		dir: "exec", files: map[string]string{
			"kustomization.yaml": "resources: [own.yaml]\ntransformers: [evil.yaml]\n", "own.yaml": "OWN",
			"evil.yaml": "apiVersion: example.com/v1\nkind: Evil\nmetadata: {name: e, annotations: {config.kubernetes.io/function: 'exec: {path: ./evil.sh}'}}\n",
		},
		file: "kustomization.yaml", line: 2, column: 16, message: "the plugin Evil e is a program, and muster runs none",
	}, {
		dir: "cycle", files: map[string]string{"kustomization.yaml": "resources: [own.yaml, a]\n", "own.yaml": "OWN", "a/kustomization.yaml": "resources: [../b]\n", "b/kustomization.yaml": "resources: [../a]\n"},
		file: "b/kustomization.yaml", line: 1, column: 13, message: "kustomize refuses such a cycle",
	}, {
		dir: "gone", files: map[string]string{"kustomization.yaml": "resources: [own.yaml, gone.yaml]\n", "own.yaml": "OWN"},
		file: "kustomization.yaml", line: 1, column: 23, message: "resource gone.yaml is not there",
	}, {
		dir: "linkedfile", files: map[string]string{
			"Chart.yaml":         chartYAML,
			"templates/own.yaml": "OWN---\napiVersion: v1\nkind: Secret\nmetadata: {name: x}\ndata: {a: {{ .Files.Get \"host.txt\" | quote }}}\n---\nkind: {{ .Files.Get \"host.txt\" | quote }}\n",
		},
		links: map[string]string{"host.txt": "/etc/hostname"},
		file:  "host.txt", line: 1, column: 1, message: "this part of the chart leads out of the directory that was given as input and is not read",
	}, {
		dir: "linkedtemplate", files: map[string]string{"Chart.yaml": chartYAML, "templates/own.yaml": "OWN"},
		links: map[string]string{"templates/host.yaml": "/etc/hostname"},
		file:  "templates/host.yaml", line: 1, column: 1, message: "this part of the chart leads out of the directory that was given as input and is not read",
	},
}

// brokenCharts are charts that render nothing at all.
var brokenCharts = []struct {
	dir   string
	files map[string]string
	want  unreadable
}{
	{"fails", map[string]string{"templates/a.yaml": "a: {{ fail \"no such thing\" }}\n"}, unreadable{"templates/a.yaml", 1, 7, "helm cannot render this chart: no such thing"}},
	{"valuesbomb", map[string]string{"values.yaml": bomb(), "templates/a.yaml": "a: 1\n"}, unreadable{"values.yaml", 1, 1, "aliases repeat too many values; write them out"}},
	{"fifochart", map[string]string{"Chart.yaml": "", "templates/a.yaml": "a: {{ .Values.x }}\n"}, unreadable{"Chart.yaml", 0, 0, "not a regular file"}},
}

const chartYAML = "apiVersion: v2\nname: example\nversion: 1.0.0\n"

// rendered writes what is rendered rather than read.
func rendered(t *testing.T, dir, outside string) {
	t.Helper()
	link := func(target, name string) {
		if err := os.Symlink(target, filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			t.Fatal(err)
		}
	}
	write(t, outside, "kustomization.yaml", "resources: [secret.yaml]\n")
	for _, r := range renders {
		// The place of a pod is what a failure takes: without one, nothing would touch the service.
		own := strings.ReplaceAll(service(r.dir)+"---\n"+app(r.dir, "us-east-1a")+"---\n"+app(r.dir, "us-west-2a"), "namespace: shop", "namespace: "+r.dir)
		for name, text := range r.files {
			write(t, dir, r.dir+"/"+name, strings.ReplaceAll(text, "OWN", own))
		}
		for name, target := range r.links {
			link(strings.ReplaceAll(target, "OUTSIDE", outside), r.dir+"/"+name)
		}
	}
	for _, b := range brokenCharts {
		write(t, dir, b.dir+"/Chart.yaml", chartYAML)
		for name, text := range b.files {
			write(t, dir, b.dir+"/"+name, text)
		}
	}
	fifo := filepath.Join(dir, "fifochart", "Chart.yaml")
	if err := os.Remove(fifo); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(fifo, 0o666); err != nil {
		t.Fatal(err)
	}
	// Templates that lead to themselves, and to everything around the chart.
	write(t, dir, "looping/Chart.yaml", chartYAML)
	write(t, dir, "looping/templates/a.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n")
	link(".", "looping/templates/self")
	link("../..", "looping/templates/up")
}

func unreadRenders() (list []unreadable) {
	for _, r := range renders {
		list = append(list, unreadable{r.dir + "/" + r.file, r.line, r.column, r.message})
	}
	for _, b := range brokenCharts {
		list = append(list, unreadable{b.dir + "/" + b.want.File, b.want.Line, b.want.Column, b.want.Message})
	}
	const loop = "this symlink leads back to a directory that it lies in; it is not followed"
	return append(list, unreadable{"looping/templates/self", 1, 1, loop}, unreadable{"looping/templates/up", 1, 1, loop})
}

// checkRendered holds that what remains of a chart or kustomization is rendered.
func checkRendered(t *testing.T, r report) {
	t.Helper()
	objects := map[string]int{}
	for _, x := range r.Inputs.Rendered {
		objects[x.Dir] += x.Objects
	}
	for _, x := range renders {
		if objects[x.dir] < renderedObjects {
			t.Errorf("%s: %d objects are rendered, want %d", x.dir, objects[x.dir], renderedObjects)
		}
	}
	if len(r.Inputs.Missing) != len(renders)+len(brokenCharts)-1 { // the FIFO is not even a chart
		t.Errorf("%d missing: %v", len(r.Inputs.Missing), r.Inputs.Missing)
	}
}

// The verbs that predict tell what is missing, and know nothing of what it may concern; everything
// else is predicted. Nothing outside of the directory shows in any output.
func TestHostileRendersLeaveGapsWhereTheyBelong(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	sound(t, dir)
	rendered(t, dir, outside)
	write(t, outside, "secret.yaml", service("outsidesecret"))
	host, err := os.ReadFile("/etc/hostname")
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimSpace(string(host))
	for _, args := range [][]string{
		{"matrix", "--all-services", "-o", "json"}, {"matrix", "--all-services"}, {"graph", "-o", "json"}, {"graph"},
		{"resolve", "--client", "shop", "--cluster", "default"}, {"scan", "-v"}, {"scan", "--strict", "--all-services", "-o", "json"},
	} {
		got := run(t, dir, append(args, "--config", "none")...)
		if got.code != 3 {
			t.Errorf("%v: exit code %d, want 3\n%s", args, got.code, got.stderr)
		}
		got.bounded(t, mostCPU, mostMemory)
		for _, secret := range []string{name + "\n", `"` + name + `"`, "outsidesecret"} {
			if strings.Contains(got.stdout+got.stderr, secret) {
				t.Errorf("%v: %q stands outside of the directory", args, secret)
			}
		}
		if args[0] != "scan" {
			checkTold(t, args, got.stderr)
		}
		if args[0] == "matrix" && len(args) > 2 {
			checkCells(t, got.stdout)
		}
	}
}

// checkTold: each bad thing is one line, at its place.
func checkTold(t *testing.T, args []string, stderr string) {
	t.Helper()
	for _, want := range unreadRenders() {
		n := 0
		for line := range strings.Lines(stderr) {
			if strings.HasPrefix(line, want.File+":") && strings.Contains(line, want.Message) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%v: %d lines of %s: %s\n%s", args, n, want.File, want.Message, stderr)
		}
	}
}

func checkCells(t *testing.T, stdout string) {
	t.Helper()
	var m struct {
		Matrix []struct{ Cell, Service, Outcome, Reason string }
	}
	if err := json.Unmarshal([]byte(stdout), &m); err != nil {
		t.Fatal(err)
	}
	known, unknown := map[string]int{}, map[string]int{}
	for _, c := range m.Matrix {
		namespace := strings.Split(c.Service, "/")[2]
		if c.Outcome == "unknown" && strings.Contains(c.Reason, "is not in the inputs") {
			unknown[namespace]++
		} else {
			known[namespace]++
		}
	}
	if known["shop"] == 0 || unknown["shop"] > 0 {
		t.Errorf("shop: %d cells are known and %d are not", known["shop"], unknown["shop"])
	}
	for _, r := range renders {
		if known[r.dir] > 0 || unknown[r.dir] == 0 {
			t.Errorf("%s: %d cells are known and %d are not", r.dir, known[r.dir], unknown[r.dir])
		}
	}
}

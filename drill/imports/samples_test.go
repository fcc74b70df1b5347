package imports

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/passmuster/muster/drill/observe"
)

// samples are files as the tools write them, all of one drill: region eu-west is lost at 09:00:30 and comes back at 09:01:00.
var samples = []struct {
	file   string
	format Format
	opts   Options
	want   string
}{
	{"envoy.json.log", EnvoyJSON, Options{}, "39 good, 11 bad"},
	{"istio.log", IstioText, Options{}, "39 good, 11 bad, 1 other lines"},
	{"envoy.log", EnvoyText, Options{}, "39 good, 11 bad"},
	{"istio-metrics.json", Prometheus, Options{}, "878 good, 22 bad at the source, 858 good at the destination, 3 notes"},
	{"linkerd-metrics.json", Prometheus, Options{}, "878 good, 22 bad at the source, 2 notes"},
	{"consul-metrics.json", Prometheus, Options{}, "878 good, 22 bad at the source, 1 notes"},
	{"journal.json", ChaosToolkit, Options{}, "inject remove rollback verdict, 1 notes"},
	{"litmus.yaml", Litmus, Options{}, "inject remove verdict"},
	{"k6.json", K6, Options{}, "11 good, 1 bad, 8 missed, 2 notes"},
	{"clusters.json", EnvoyClusters, Options{Proxy: "web"}, "2 states of 5 hosts, 2 ejected, 1 notes"},
	{"fortio.json", Fortio, Options{}, "7 good, 3 bad"},
	{"vegeta.json", VegetaJSON, Options{}, "7 good, 3 bad"},
	{"vegeta.csv", VegetaCSV, Options{}, "7 good, 3 bad"},
}

// Every format has a sample, is known by its content, and says what the drill was.
func TestSamples(t *testing.T) {
	seen := map[Format]bool{}
	for _, tc := range samples {
		text, err := os.ReadFile(filepath.Join("testdata", tc.file))
		if err != nil {
			t.Fatal(err)
		}
		seen[tc.format] = true
		if f, ok := Detect(text); !ok || f != tc.format {
			t.Errorf("%s is taken for %q, want %s", tc.file, f, tc.format)
		}
		g, sum := read(t, tc.format, string(text), tc.opts)
		if got := summed(g, sum); got != tc.want {
			t.Errorf("%s: %s\nwant %s\n%+v", tc.file, got, tc.want, g.notes)
		}
		if sum.Unreadable != 0 || len(sum.SHA256) != 64 || sum.Lines == 0 {
			t.Errorf("%s: %+v", tc.file, sum)
		}
	}
	for _, f := range Formats() {
		if !seen[f] || !f.Known() || readers[f] == nil {
			t.Errorf("%s has no sample or no reader", f)
		}
	}
}

// summed says in a line what was gathered.
func summed(g *gathered, sum Summary) string {
	text := ""
	add := func(n float64, what string) {
		if n > 0 {
			if text != "" {
				text += ", "
			}
			text += fmt.Sprintf("%g %s", n, what)
		}
	}
	good, bad := 0.0, 0.0
	for _, r := range g.requests {
		if r.OK {
			good++
		} else {
			bad++
		}
	}
	add(good, "good")
	add(bad, "bad")
	for _, end := range []observe.Reporter{observe.ReporterSource, observe.ReporterDestination} {
		good, bad = 0, 0
		for _, c := range g.counts {
			switch {
			case c.Reporter != end:
			case c.OK:
				good += c.Delta
			default:
				bad += c.Delta
			}
		}
		if bad > 0 {
			add(good, "good")
			add(bad, "bad at the "+string(end))
		} else {
			add(good, "good at the "+string(end))
		}
	}
	if text == "" {
		text = kinds(g)
	}
	hosts, ejected := 0, 0
	for _, s := range g.states {
		hosts += len(s.Hosts)
		for _, h := range s.Hosts {
			if h.Ejected {
				ejected++
			}
		}
	}
	if len(g.states) > 0 {
		text = fmt.Sprintf("%d states of %d hosts, %d ejected", len(g.states), hosts, ejected)
	}
	add(float64(sum.Missed), "missed")
	add(float64(sum.Other), "other lines")
	add(float64(len(g.notes)), "notes")
	return text
}

func TestWhatIsNoneOfTheFormatsIsNotDetected(t *testing.T) {
	for _, text := range []string{"", "\n\n", "hello", "{}", "[]", `{"a":1}`, "a,b,c\n1,2,3\n", "kind: Pod\n", "[2026-11-20 09:00:00.123][12][info][main] starting\n", "\x1f\x8b\x08", `{"level":"info","msg":"x"}`} {
		if f, ok := Detect([]byte(text)); ok {
			t.Errorf("%q is taken for %s", text, f)
		}
	}
	// Proxies' own lines come before the first entry.
	text := "2026-11-20T08:59:59Z\tinfo\tstarting\n[pod/web-1/istio-proxy] " + jsonEntry(`"response_code":200`)
	if f, _ := Detect([]byte(text)); f != EnvoyJSON {
		t.Errorf("%q", f)
	}
	if f, _ := Detect([]byte("{\n \"metrics\": {}\n}")); f != K6 {
		t.Errorf("a summary of k6 is taken for %q, so that nobody says why it is refused", f)
	}
}

package istio

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/passmuster/muster/loaders/kubernetes"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

var update = flag.Bool("update", false, "rewrite the expected parts of testdata")

// TestRoutes reads testdata/routes/*.txtar: a fleet in *.yaml, clients in "clients" ("name
// namespace [kind] [label=value ...]"), and what they are told in "want".
func TestRoutes(t *testing.T) {
	files, err := filepath.Glob("testdata/routes/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no testdata: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := tell(t, a)
			want := slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == "want" })
			if want < 0 {
				t.Fatal("no want")
			}
			if *update {
				a.Files[want].Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if string(a.Files[want].Data) != got {
				t.Errorf("got:\n%s\nwant:\n%s", got, a.Files[want].Data)
			}
		})
	}
}

// tell renders what the clients of an archive are told.
func tell(t *testing.T, a *txtar.Archive) string {
	t.Helper()
	f := fleetOf(t, a)
	var b strings.Builder
	for _, file := range a.Files {
		if file.Name != "clients" {
			continue
		}
		for line := range strings.Lines(string(file.Data)) {
			c := clientOf(line)
			sc := f.scopeOf(c)
			fmt.Fprintf(&b, "# %s\n", c.ID)
			for _, r := range f.allRoutes(sc, c) {
				writeRoute(&b, r)
			}
			for _, host := range sc.hosts() {
				for _, l := range f.routeLosses(sc, sc.see(host), c, f.routesOf(sc, sc.see(host), c)) {
					fmt.Fprintf(&b, "lost %s at %s: %s\n", l.Kind, l.Origin.Position().Short(), l.Detail)
				}
			}
		}
	}
	for _, w := range f.worlds {
		for _, fact := range f.routeFacts(w) {
			harm := ""
			if fact.Harm {
				harm = " (harm)"
			}
			fmt.Fprintf(&b, "fact %s at %s%s: %s\n", fact.Kind, fact.Origin.Position().Short(), harm, fact.Message)
		}
	}
	return b.String()
}

// fleetOf builds the fleet of an archive: one cluster, "east".
func fleetOf(t *testing.T, a *txtar.Archive) *Fleet {
	t.Helper()
	var docs, objects []*source.Document
	for _, file := range a.Files {
		if !strings.HasSuffix(file.Name, ".yaml") {
			continue
		}
		parsed, _, diags := source.Parse(file.Name, file.Data, source.Options{})
		for _, d := range diags {
			t.Fatal(d)
		}
		for _, d := range parsed {
			d.Cluster = "east"
			if strings.Contains(d.APIVersion, "istio.io") || strings.Contains(d.APIVersion, "gateway.networking") {
				objects = append(objects, d)
			} else {
				docs = append(docs, d)
			}
		}
	}
	cluster := &mesh.Cluster{Name: "east", Mesh: "m"}
	inv, diags := kubernetes.Build(cluster, docs)
	for _, d := range diags {
		t.Fatal(d)
	}
	f := Build(Input{
		Mesh:        &mesh.Mesh{Name: "m", Kind: mesh.Istio, Version: "1.31", Clusters: []string{"east"}},
		Clusters:    []*mesh.Cluster{cluster},
		Inventories: map[string]*kubernetes.Inventory{"east": inv},
		Docs:        objects,
	})
	for _, d := range f.Diagnostics() {
		t.Fatal(d)
	}
	return f
}

func clientOf(line string) *mesh.Client {
	fields := strings.Fields(line)
	c := &mesh.Client{ID: fields[0], Mesh: "m", Cluster: "east", Namespace: fields[1], Kind: mesh.Sidecar, Labels: map[string]string{}}
	for _, f := range fields[2:] {
		if k, v, ok := strings.Cut(f, "="); ok {
			c.Labels[k] = v
		} else {
			c.Kind = mesh.ClientKind(f)
		}
	}
	return c
}

func writeRoute(b *strings.Builder, r *mesh.Route) {
	kind := map[mesh.RouteKind]string{mesh.HTTPRoute: "http", mesh.TCPRoute: "tcp", mesh.TLSRoute: "tls"}[r.Kind]
	fmt.Fprintf(b, "%s %s:%d", kind, r.Host, r.Port)
	if r.SNI != nil {
		fmt.Fprintf(b, " sni=%s", strings.Join(r.SNI, ","))
	}
	b.WriteByte('\n')
	for _, rule := range r.Rules {
		fmt.Fprintf(b, "  %s\n", strings.Join(describeRule(rule), "; "))
	}
}

func describeRule(r *mesh.RouteRule) []string {
	var match []string
	add := func(name, value string) {
		if value != "" {
			match = append(match, name+value)
		}
	}
	add("", r.Match.Path)
	add("method=", r.Match.Method)
	add("authority=", r.Match.Authority)
	for _, k := range sortedKeys(r.Match.Headers) {
		add(k+"=", r.Match.Headers[k])
	}
	for _, k := range sortedKeys(r.Match.Query) {
		add("?"+k+"=", r.Match.Query[k])
	}
	var to []string
	for _, b := range r.To {
		to = append(to, backendText(b))
	}
	parts := []string{strings.TrimSpace(strings.Join(match, " ") + " -> " + cmp.Or(r.Direct, strings.Join(to, " ")))}
	if d, ok := r.Timeout.Get(); ok {
		parts = append(parts, fmt.Sprintf("timeout %s (%s)", d, r.Timeout.Origin.Position().Short()))
	}
	if !r.Retries.Default && r.Retries.Origin.In != nil {
		text := fmt.Sprintf("retries %d on %s", r.Retries.Attempts, r.Retries.On)
		if d, ok := r.Retries.PerTry.Get(); ok {
			text += " each " + d.String()
		}
		if r.Retries.RemoteLocalities {
			text += " elsewhere"
		}
		parts = append(parts, text+fmt.Sprintf(" (%s)", r.Retries.Origin.Position().Short()))
	}
	for _, m := range r.Mirror {
		parts = append(parts, "mirror "+backendText(m.Backend)+" "+m.Percent)
	}
	if r.Fault != "" {
		parts = append(parts, "fault "+r.Fault)
	}
	if r.Rewrite != "" {
		parts = append(parts, "rewrite "+r.Rewrite)
	}
	if r.From != "" {
		parts = append(parts, "from "+r.From)
	}
	return parts
}

func backendText(b mesh.Backend) string {
	text := fmt.Sprintf("%s:%d", strings.TrimSuffix(b.Host, ".svc.cluster.local"), b.Port)
	if b.Subset != "" {
		text += "/" + b.Subset
	}
	if b.Weight != 100 && b.Weight != 0 {
		text += fmt.Sprintf("*%d", b.Weight)
	}
	if b.Missing {
		text += "!"
	}
	return text
}

// TestClassTellsRoutesApart: clients with one class must have equal routes.
func TestClassTellsRoutesApart(t *testing.T) {
	files, _ := filepath.Glob("testdata/routes/*.txtar")
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		f := fleetOf(t, a)
		answers := map[string]string{}
		for _, part := range a.Files {
			if part.Name != "clients" {
				continue
			}
			for line := range strings.Lines(string(part.Data)) {
				c := clientOf(line)
				sc := f.scopeOf(c)
				for _, host := range sc.hosts() {
					see := sc.see(host)
					class := host + "|" + string(c.Kind) + "|" + f.routesClass(sc, see, c)
					var b strings.Builder
					routes := f.routesOf(sc, see, c)
					sort.SliceStable(routes, func(i, j int) bool { return routes[i].Port < routes[j].Port })
					for _, r := range routes {
						writeRoute(&b, r)
					}
					if known, ok := answers[class]; ok && known != b.String() {
						t.Errorf("%s: class %q of %s has two answers:\n%s\n%s", file, class, c.ID, known, b.String())
					}
					answers[class] = b.String()
				}
			}
		}
	}
}

// TestGatewayViewLeadsToService: what a gateway knows of a service are its own hosts that lead there.
func TestGatewayViewLeadsToService(t *testing.T) {
	a, err := txtar.ParseFile("testdata/routes/gateways.txtar")
	if err != nil {
		t.Fatal(err)
	}
	f := fleetOf(t, a)
	c := clientOf("ingress istio-ingress gateway istio=ingressgateway")
	sc := f.scopeOf(c)
	var got []string
	for _, r := range f.routesOf(sc, sc.see("grpc.shop.svc.cluster.local"), c) {
		got = append(got, fmt.Sprintf("%s:%d", r.Host, r.Port))
	}
	if want := []string{"shop.example.com:80", "shop.example.com:443"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestGatewayNames resolves references to Gateways.
func TestGatewayNames(t *testing.T) {
	for ref, want := range map[string]string{
		"mesh":                          "mesh",
		"public":                        "shop/public",
		"edge/public":                   "edge/public",
		"./public":                      "shop/public",
		"public.edge":                   "edge/public",
		"public.edge.svc.cluster.local": "edge/public",
	} {
		if got := gatewayName(ref, "shop"); got != want {
			t.Errorf("%s: got %s, want %s", ref, got, want)
		}
	}
}

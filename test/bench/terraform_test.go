package bench

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zclconf/go-cty/cty"

	"github.com/passmuster/muster/fleet"
	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/loaders/terraform"
	"github.com/passmuster/muster/test/generate"
)

const terraformInstances = 10_020

func written(tb testing.TB, files map[string][]byte) string {
	tb.Helper()
	dir := tb.TempDir()
	for name, data := range files {
		p := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			tb.Fatal(err)
		}
		if err := os.WriteFile(p, data, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	return dir
}

func evaluated(tb testing.TB, dir string) (*terraform.Root, []terraform.Instance) {
	tb.Helper()
	tree, err := os.OpenRoot(dir)
	if err != nil {
		tb.Fatal(err)
	}
	r, err := terraform.Load(tb.Context(), tree, ".", terraform.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	instances := r.Instances()
	for _, d := range r.Diagnostics() {
		tb.Fatalf("%s: %s", d.Range, d.Message)
	}
	return r, instances
}

// BenchmarkTerraform evaluates 10,020 instances, written out and as 1,002 calls of a module; documents reads what two types of resources
// hold in texts, too.
func BenchmarkTerraform(b *testing.B) {
	for _, calls := range []bool{false, true} {
		dir := written(b, generate.Terraform(generate.Options{Resources: terraformInstances}, calls))
		b.Run(fmt.Sprintf("calls=%v", calls), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, list := evaluated(b, dir); len(list) != terraformInstances {
					b.Fatal(len(list))
				}
			}
			perSecond(b, terraformInstances, "instances")
		})
		b.Run(fmt.Sprintf("calls=%v/documents", calls), func(b *testing.B) {
			_, list := evaluated(b, dir)
			for b.Loop() {
				n := 0
				for _, in := range list {
					if in.Type == "kubectl_manifest" {
						docs, u := in.Document("yaml_body")
						if n += len(docs); u != nil || len(docs) != 1 || len(docs[0].Unknown) != 1 {
							b.Fatal(in.Address, u)
						}
					}
				}
				if n != terraformInstances/10 {
					b.Fatal(n)
				}
			}
		})
	}
}

// The order of blocks and the files that they are in mean nothing.
func TestTerraformShuffledIsTheSame(t *testing.T) {
	for _, calls := range []bool{false, true} {
		files := generate.Terraform(generate.Options{Resources: 300}, calls)
		want := answers(t, files)
		if len(want) < 300 {
			t.Fatal(len(want))
		}
		random := rand.New(rand.NewPCG(1, 2))
		for range 5 {
			if got := answers(t, shuffled(files, random)); !slices.Equal(got, want) {
				t.Errorf("calls %v: another answer", calls)
			}
		}
	}
}

// shuffled deals the blocks of each directory out to files, in any order.
func shuffled(files map[string][]byte, random *rand.Rand) map[string][]byte {
	out, blocks := map[string][]byte{}, map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !strings.HasSuffix(name, ".tf") {
			out[name] = files[name]
			continue
		}
		for part := range strings.SplitSeq(string(files[name]), "\n}\n") {
			if strings.Count(part, "{") > strings.Count(part, "}") { // the last part of a file may be whole
				part += "\n}\n"
			}
			blocks[path.Dir(name)] = append(blocks[path.Dir(name)], part)
		}
	}
	for _, dir := range slices.Sorted(maps.Keys(blocks)) {
		list := blocks[dir]
		random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		for i, block := range list {
			name := path.Join(dir, fmt.Sprintf("f%d.tf", i*7%13))
			out[name] = append(out[name], block...)
		}
	}
	return out
}

// answers are all values and why some are unknown, without places.
func answers(t *testing.T, files map[string][]byte) (out []string) {
	t.Helper()
	r, list := evaluated(t, written(t, files))
	for _, in := range list {
		out = append(out, fmt.Sprintf("%s %s %#v", in.Address, in.Provider, in.Region))
		for _, name := range slices.Sorted(maps.Keys(in.Values.AsValueMap())) {
			l := in.Leaf(name)
			v := l.Value
			if v == cty.NilVal {
				continue
			}
			out = append(out, fmt.Sprintf("%s.%s %#v %v %v", in.Address, name, v, l.Unknown, l.Refs))
		}
	}
	return append(out, fmt.Sprint(r.Coverage(list)))
}

// BenchmarkTerraformFleet puts 10,020 instances, as files without a config, into a graph. Mixed: load balancers and records of AWS, objects
// of the kubernetes and kubectl providers, entries of Consul and releases of Helm, written out and as calls of a module. Names: what leads
// from names into two clusters, at two sizes: its time may only grow with them.
func BenchmarkTerraformFleet(b *testing.B) {
	for _, calls := range []bool{false, true} {
		b.Run(fmt.Sprintf("mixed/calls=%v", calls), func(b *testing.B) {
			benchmarkFleet(b, generate.Terraform(generate.Options{Resources: terraformInstances}, calls), terraformInstances)
		})
	}
	for _, n := range []int{terraformInstances / 4, terraformInstances} {
		b.Run(fmt.Sprintf("names/%d", n), func(b *testing.B) {
			benchmarkFleet(b, generate.TerraformNames(generate.Options{Resources: n}), n)
		})
	}
}

func benchmarkFleet(b *testing.B, files map[string][]byte, n int) {
	dir := written(b, files)
	var most uint64
	var cpu time.Duration
	for b.Loop() {
		b.StopTimer()
		stop, start := peak(), processor(b)
		b.StartTimer()
		f, err := fleet.Load(b.Context(), fleet.Options{Inputs: []source.Input{{Path: dir}}})
		cpu += processor(b) - start
		most = max(most, stop())
		if err != nil || len(f.Graph.Records) != (n+9)/10 || len(f.Graph.Environments) != 1 {
			b.Fatalf("%v, %d records", err, len(f.Graph.Records))
		}
	}
	b.ReportMetric(cpu.Seconds()/float64(b.N), "cpu-s")
	b.ReportMetric(megabytes(most), "peak-MB")
	perSecond(b, n, "instances")
}

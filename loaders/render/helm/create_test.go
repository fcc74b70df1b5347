package helm

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chartutil"
)

// created is the chart that `helm create` writes: what most charts began as.
func created(t testing.TB) Input {
	t.Helper()
	dir, err := chartutil.Create("shop", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	in := Input{Chart: "charts/example", Set: []string{"autoscaling.enabled=true", "ingress.enabled=true", "service.port=8080"}}
	err = filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, p)
		in.Files = append(in.Files, File{filepath.ToSlash(name), data})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func TestChartOfHelmCreateIsFullyAttributed(t *testing.T) {
	in := created(t)
	out, err := Render(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if problems := Check(in); problems != nil {
		t.Errorf("problems: %+v", problems)
	}
	var s share
	for _, text := range out.Texts {
		if strings.Contains(text.Template, "tests/") {
			t.Errorf("%s is a test", text.Template)
		}
		hold(t, in, text, &s)
	}
	t.Logf("%d scalars: %+v", s.all(), s)
	if s.all() < 60 || s.near > 0 || s.action*100 > s.all()*45 {
		t.Errorf("too few exact positions: %+v", s)
	}
}

// BenchmarkRender renders a chart of 40 templates with 4,000 lines, about the size of istiod's.
func BenchmarkRender(b *testing.B) {
	in := created(b)
	deployment := ""
	for _, f := range in.Files {
		if f.Name == "templates/deployment.yaml" {
			deployment = string(f.Data)
		}
	}
	for i := range 40 {
		in.Files = append(in.Files, File{fmt.Sprintf("templates/more-%02d.yaml", i), []byte(deployment)})
	}
	lines := 0
	for b.Loop() {
		out, err := Render(b.Context(), in)
		if err != nil {
			b.Fatal(err)
		}
		lines = 0
		for _, t := range out.Texts {
			lines += strings.Count(string(t.Rendered), "\n")
		}
	}
	b.ReportMetric(float64(lines), "lines")
}

// BenchmarkLocate asks for every scalar of the chart of helm create.
func BenchmarkLocate(b *testing.B) {
	in := created(b)
	out, err := Render(b.Context(), in)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		for _, text := range out.Texts {
			a := NewAttribution(in, text)
			for line := 1; line <= len(a.lines); line++ {
				for _, s := range scalars(a, line) {
					a.Locate(s.path, s.at)
				}
			}
		}
	}
}

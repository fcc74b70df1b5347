package helm

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// example is a chart of testdata with what it is rendered with.
type example struct {
	name    string
	in      Input
	archive *txtar.Archive
	file    string
}

// examples reads testdata/*.txtar. Files below chart/ are the chart. The file "input" has one
// directive a line: "values FILE", "set EXPRESSION", "crlf" (all files get Windows line ends),
// "pack DIR TGZ" (a directory of the chart becomes an archive).
func examples(t testing.TB) (all []example) {
	t.Helper()
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, name := range names {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		e := example{name: strings.TrimSuffix(filepath.Base(name), ".txtar"), archive: a, file: name, in: Input{Chart: "charts/example"}}
		data := map[string][]byte{}
		var directives []string
		for _, f := range a.Files {
			if rest, ok := strings.CutPrefix(f.Name, "chart/"); ok {
				e.in.Files = append(e.in.Files, File{rest, slices.Clone(f.Data)})
			}
			data[f.Name] = f.Data
			if f.Name == "input" {
				directives = strings.Split(strings.TrimSpace(string(f.Data)), "\n")
			}
		}
		for _, d := range directives {
			verb, arg, _ := strings.Cut(d, " ")
			switch verb {
			case "values":
				e.in.Values = append(e.in.Values, ValuesFile{arg, data[arg]})
			case "set":
				e.in.Set = append(e.in.Set, arg)
			case "crlf":
				for i := range e.in.Files {
					e.in.Files[i].Data = bytes.ReplaceAll(e.in.Files[i].Data, []byte("\n"), []byte("\r\n"))
				}
			case "pack":
				dir, to, _ := strings.Cut(arg, " ")
				e.in.Files = packDir(t, e.in.Files, dir, to)
			default:
				t.Fatalf("%s: unknown directive %q", name, d)
			}
		}
		all = append(all, e)
	}
	return all
}

// packDir replaces a directory of a chart by an archive of it.
func packDir(t testing.TB, files []File, dir, to string) (out []File) {
	t.Helper()
	inside := map[string][]byte{}
	for _, f := range files {
		if rest, ok := strings.CutPrefix(f.Name, dir+"/"); ok {
			inside[path.Join(path.Base(dir), rest)] = f.Data
		} else {
			out = append(out, f)
		}
	}
	return append(out, File{to, pack(t, inside)})
}

func pack(t testing.TB, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	names := make([]string, 0, len(files))
	for n := range files {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		if err := w.WriteHeader(&tar.Header{Name: n, Mode: 0o644, Size: int64(len(files[n])), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(files[n]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// setFile replaces or adds a file of the archive, and writes it.
func (e example) setFile(t *testing.T, name string, data []byte) {
	t.Helper()
	i := slices.IndexFunc(e.archive.Files, func(f txtar.File) bool { return f.Name == name })
	if i < 0 {
		e.archive.Files = append(e.archive.Files, txtar.File{Name: name})
		i = len(e.archive.Files) - 1
	}
	e.archive.Files[i].Data = data
	if err := os.WriteFile(e.file, txtar.Format(e.archive), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (e example) golden(name string) string {
	for _, f := range e.archive.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

// chartOf is an input of a few files: name, content, name, content…
func chartOf(pairs ...string) Input {
	in := Input{Chart: "charts/example", Files: []File{{"Chart.yaml", []byte("apiVersion: v2\nname: example\nversion: 1.0.0\n")}}}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i] == "Chart.yaml" {
			in.Files = in.Files[1:]
		}
		in.Files = append(in.Files, File{pairs[i], []byte(pairs[i+1])})
	}
	return in
}

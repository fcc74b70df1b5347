// Vectors compares our answers with those recorded from the meshes themselves.
//
//	go run ./test/vectors [-run substring] [-v] [DIR]
//
// A vector is any folder below DIR (default testdata/vectors) with an expect.json and a query; its
// mesh is the nearest folder of its path that is named after one. Each disagreement is printed
// with both values and what decided ours; the last lines count whole vectors, one line a mesh.
package main

import (
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// comparers answer the vectors of one mesh: they return the disagreements, as readable lines.
var comparers = map[string]func(dir string) ([]string, error){
	"consul":    compareConsul,
	"istio":     compareIstio,
	"linkerd":   compareLinkerd,
	"terraform": compareTerraform,
}

// meshes are what vectors are recorded from; those without a comparer never agree.
var meshes = []string{"consul", "istio", "linkerd", "terraform"}

func main() {
	run := flag.String("run", "", "only vectors whose path contains this")
	verbose := flag.Bool("v", false, "name the vectors that agree, too")
	flag.Parse()
	dir := "testdata/vectors"
	if flag.NArg() > 0 {
		dir = flag.Arg(0)
	}
	ok, err := check(os.Stdout, dir, *run, *verbose)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

// vector is one recorded answer, and what came of comparing ours with it.
type vector struct {
	dir, mesh   string
	differences []string
}

// check compares all vectors below a folder and reports whether all agree.
func check(w io.Writer, dir, run string, verbose bool) (bool, error) {
	vectors, err := find(dir, run)
	if err != nil {
		return false, err
	}
	if len(vectors) == 0 {
		return false, fmt.Errorf("%s: no vectors (folders with expect.json and query.*)", dir)
	}
	compareAll(vectors)
	agree, all := map[string]int{}, map[string]int{}
	for _, v := range vectors {
		all[v.mesh]++
		if len(v.differences) == 0 {
			agree[v.mesh]++
			if verbose {
				fmt.Fprintf(w, "%s: agrees\n", v.dir)
			}
			continue
		}
		fmt.Fprintf(w, "%s:\n", v.dir)
		for _, d := range v.differences {
			fmt.Fprintf(w, "  %s\n", strings.ReplaceAll(d, "\n", "\n  "))
		}
	}
	ok := true
	for _, m := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(w, "%s: agree %d of %d\n", m, agree[m], all[m])
		ok = ok && agree[m] == all[m]
	}
	return ok, nil
}

// find lists the vectors below a folder, sorted.
func find(root, run string) ([]*vector, error) {
	var out []*vector
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if !isVector(path) {
			return nil
		}
		if strings.Contains(path, run) {
			out = append(out, &vector{dir: path, mesh: meshOf(path)})
		}
		return filepath.SkipDir
	})
	return out, err
}

func isVector(dir string) bool {
	if _, err := os.Stat(filepath.Join(dir, "expect.json")); err != nil {
		return false
	}
	queries, _ := filepath.Glob(filepath.Join(dir, "query.*"))
	return len(queries) > 0
}

// meshOf is the nearest component of the absolute path that names a mesh.
func meshOf(dir string) string {
	path, err := filepath.Abs(dir)
	if err != nil {
		path = dir
	}
	for ; path != filepath.Dir(path); path = filepath.Dir(path) {
		if name := filepath.Base(path); slices.Contains(meshes, name) {
			return name
		}
	}
	return "unknown"
}

func compareAll(vectors []*vector) {
	work := make(chan *vector)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for v := range work {
				v.compare()
			}
		})
	}
	for _, v := range vectors {
		work <- v
	}
	close(work)
	wg.Wait()
}

func (v *vector) compare() {
	compare := comparers[v.mesh]
	if compare == nil {
		v.differences = []string{"nothing answers vectors of " + v.mesh + " yet"}
		return
	}
	differences, err := compare(v.dir)
	if err != nil {
		differences = append(differences, "error: "+err.Error())
	}
	v.differences = differences
}

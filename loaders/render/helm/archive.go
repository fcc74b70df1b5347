package helm

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/chart/loader"
)

// Limits on packed subcharts. Helm itself would unpack 100 MiB of each.
const (
	maxUnpacked = 32 << 20 // bytes of all packed subcharts together
	maxNested   = 8        // archives within archives
)

// chartFile is a file of a chart or of one of its packed subcharts.
type chartFile struct {
	name    string // as the loader is told: packed subcharts become directories
	data    []byte
	archive string // the packed subchart that holds it, relative to the chart; "" if it is a plain file
	inside  string // its name within the archive
}

// shown is the name of the file for people.
func (f chartFile) shown() string {
	if f.archive == "" {
		return f.name
	}
	return f.archive + "/" + f.inside
}

// unpack sorts the files of a chart, leaves out what .helmignore names, and replaces packed
// subcharts by the files in them, up to maxUnpacked bytes.
func unpack(files []File) ([]chartFile, error) {
	plain := make([]chartFile, 0, len(files))
	for _, f := range files {
		plain = append(plain, chartFile{name: path.Clean(f.Name), data: bytes.TrimPrefix(f.Data, []byte("\ufeff"))})
	}
	slices.SortStableFunc(plain, func(a, b chartFile) int { return strings.Compare(a.name, b.name) })
	plain, err := withoutIgnored(plain)
	if err != nil {
		return nil, err
	}
	budget := int64(maxUnpacked)
	return unpackAll(plain, &budget, maxNested)
}

func unpackAll(files []chartFile, budget *int64, depth int) ([]chartFile, error) {
	out := make([]chartFile, 0, len(files))
	for _, f := range files {
		if !isPacked(f.name) {
			out = append(out, f)
			continue
		}
		if depth == 0 {
			return nil, failure(f.shown(), 0, 0, "packed charts are nested too deeply")
		}
		inner, err := unpackOne(f, budget)
		if err != nil {
			return nil, failure(f.shown(), 0, 0, err.Error())
		}
		if inner, err = unpackAll(inner, budget, depth-1); err != nil {
			return nil, err
		}
		out = append(out, inner...)
	}
	return out, nil
}

// isPacked reports whether the loader would unpack a file: charts/x.tgz of the chart or of a
// chart within it.
func isPacked(name string) bool {
	dir, base := path.Split(name)
	if dir == "" || path.Ext(base) != ".tgz" || strings.IndexAny(base, "_.") == 0 {
		return false
	}
	for dir != "" {
		if !strings.HasPrefix(dir, "charts/") {
			return false
		}
		if dir = dir[len("charts/"):]; dir != "" {
			_, dir, _ = strings.Cut(dir, "/")
			if dir == "" { // charts/foo/x.tgz is no chart of foo
				return false
			}
		}
	}
	return true
}

// unpackOne reads one archive. Its size is counted before anything is kept of it.
func unpackOne(f chartFile, budget *int64) ([]chartFile, error) {
	zipped, err := gzip.NewReader(bytes.NewReader(f.data))
	if err != nil {
		return nil, errors.New("this is no packed chart (a gzip file was expected)")
	}
	n, err := io.Copy(io.Discard, io.LimitReader(zipped, *budget+1))
	if err != nil {
		return nil, fmt.Errorf("this packed chart is damaged: %w", err)
	}
	if n > *budget {
		return nil, fmt.Errorf("the packed charts hold more than %d MiB; they are not unpacked", maxUnpacked>>20)
	}
	*budget -= n
	buffered, err := loader.LoadArchiveFiles(bytes.NewReader(f.data))
	if err != nil {
		return nil, fmt.Errorf("this packed chart is damaged: %w", err)
	}
	archive, within := f.archive, f.inside+"/"
	if archive == "" {
		archive, within = f.name, ""
	}
	out := make([]chartFile, 0, len(buffered))
	for _, b := range buffered {
		out = append(out, chartFile{name: f.name + ".unpacked/" + b.Name, data: b.Data, archive: archive, inside: within + b.Name})
	}
	return out, nil
}

package helm

import (
	"bytes"
	"io/fs"
	"slices"
	"strings"
	"time"

	"helm.sh/helm/v3/pkg/ignore"
)

// withoutIgnored applies the chart's .helmignore as Helm does for a chart in a directory. Those
// of subcharts count for nothing there.
func withoutIgnored(files []chartFile) ([]chartFile, error) {
	rules := ignore.Empty()
	if i := slices.IndexFunc(files, func(f chartFile) bool { return f.name == ignore.HelmIgnore }); i >= 0 {
		parsed, err := ignore.Parse(bytes.NewReader(files[i].data))
		if err != nil {
			return nil, failure(ignore.HelmIgnore, 1, 1, err.Error())
		}
		rules = parsed
	}
	rules.AddDefaults()
	return slices.DeleteFunc(files, func(f chartFile) bool {
		for i, r := range f.name {
			if r == '/' && rules.Ignore(f.name[:i], entry{f.name[:i], true}) {
				return true
			}
		}
		return rules.Ignore(f.name, entry{f.name, false})
	}), nil
}

// entry is a file of the chart for the ignore rules, which ask for nothing but name and kind.
type entry struct {
	name string
	dir  bool
}

func (e entry) Name() string     { return e.name[strings.LastIndexByte(e.name, '/')+1:] }
func (entry) Size() int64        { return 0 }
func (entry) ModTime() time.Time { return time.Time{} }
func (e entry) IsDir() bool      { return e.dir }
func (entry) Sys() any           { return nil }

// Mode is that of a plain file or directory.
func (e entry) Mode() fs.FileMode {
	if e.dir {
		return fs.ModeDir
	}
	return 0
}

package render

import (
	"encoding/json"
	"sort"
	"strconv"
	"strings"
	"sync"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// mostLines is how large values may be whose lines are told apart, in bytes.
const mostLines = 256 << 10

// lines lead from the lines of Given values to their pointers.
type lines struct {
	*Given
	once sync.Once
	at   []string // by line, from 1
}

func newLines(g *Given) *lines { return &lines{Given: g} }

// lead replaces a place in the given values by the one where the value is written.
func (l *lines) lead(p mesh.Position) mesh.Position {
	if l.Given == nil || p.File != l.Name {
		return p
	}
	l.once.Do(l.read)
	pointer := ""
	if p.Line > 0 && p.Line < len(l.at) {
		pointer = l.at[p.Line]
	}
	to := l.Locate(pointer)
	to.Path, to.Via = p.Path, append(to.Via[:len(to.Via):len(to.Via)], p.Via...)
	return to
}

// read notes the last value that begins in each line.
func (l *lines) read() {
	docs, _ := source.ParseAny("given.json", l.JSON, source.Options{})
	var tree any
	if len(l.JSON) > mostLines || len(docs) != 1 || json.Unmarshal(l.JSON, &tree) != nil {
		return
	}
	l.at = make([]string, strings.Count(string(l.JSON), "\n")+2)
	var walk func(v any, pointer string)
	walk = func(v any, pointer string) {
		if line := docs[0].Locate(pointer).Line; line < len(l.at) {
			l.at[line] = pointer
		}
		switch v := v.(type) {
		case map[string]any:
			keys := make([]string, 0, len(v))
			for k := range v {
				keys = append(keys, k)
			}
			sort.Strings(keys)
			for _, k := range keys {
				walk(v[k], pointer+"/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(k))
			}
		case []any:
			for i, e := range v {
				walk(e, pointer+"/"+strconv.Itoa(i))
			}
		}
	}
	walk(tree, "")
}

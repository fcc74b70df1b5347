package source

import (
	"fmt"
	"sync"

	"sigs.k8s.io/yaml"

	"github.com/passmuster/muster/mesh"
)

// Live is an object that was read from the API of a cluster. file names it in positions; their lines are those of the object as
// YAML, as `kubectl get -o yaml` shows it without what the server manages. object is its JSON, and limits hold as for files.
func Live(file, cluster string, object []byte, opts Options) (*Document, error) {
	docs, _, diags := Parse(file, object, opts)
	if len(diags) > 0 {
		return nil, diags[0]
	}
	if len(docs) != 1 {
		return nil, fmt.Errorf("%s: %d objects where one is expected", file, len(docs))
	}
	d := docs[0]
	d.Cluster, d.Root, d.Line = cluster, file, 1
	d.from = &live{file: file, json: d.JSON}
	return d, nil
}

// live leads from an object of a cluster to its lines in YAML, which are made when somebody asks for a position.
type live struct {
	file string
	json []byte
	once sync.Once
	doc  *Document // nil if it is not to be had
}

func (l *live) Locate(path string, _ mesh.Position) mesh.Position {
	l.once.Do(func() {
		text, err := yaml.JSONToYAML(l.json)
		if err != nil {
			return
		}
		if docs, _ := ParseAny(l.file, text, Options{}); len(docs) == 1 {
			l.doc = docs[0]
		}
	})
	if l.doc == nil {
		return mesh.Position{File: l.file, Line: 1, Column: 1}
	}
	return l.doc.Locate(path)
}

// From is the object under another name in positions: that of the clusters that hold it in the same words.
func (d *Document) From(file string) *Document {
	l, ok := d.from.(*live)
	if !ok {
		return d
	}
	named := *d
	named.File, named.Root = file, file
	named.from = &live{file: file, json: l.json}
	return &named
}

package kustomize

import (
	"cmp"
	"slices"
	"strconv"

	"sigs.k8s.io/kustomize/api/types"

	"github.com/passmuster/muster/loaders/source"
)

// node is one inclusion of a kustomization. A base that is included twice is two nodes, so that a
// rendered object tells by its origin on which way it came.
type node struct {
	number    int
	dir       string // below the root
	file      string // the kustomization file, as in positions
	doc       *source.Document
	spec      types.Kustomization // as it is written
	parent    *node
	entry     string // JSON pointer of the entry in parent that includes it
	component bool
	plugins   *node // set if it renders plugins: the node whose plugins they are
	children  []*node

	resources map[string][]*source.Document // by path below dir
	entries   map[string]string             // JSON pointer of the entry that names a file
	texts     map[string][]*text            // of patches and replacements, by path
	data      map[string]string             // shown path of any file, by path
	contents  map[string][]byte
	dropped   bool // entries were left out

	patches func() []patch
}

// base is the directory of a node in the child's memory.
func (n *node) base() string { return "/k/" + strconv.Itoa(n.number) }

// chain is the way from the kustomization that is rendered to n.
func (n *node) chain() (way []*node) {
	for ; n != nil; n = n.parent {
		way = append(way, n)
	}
	slices.Reverse(way)
	return way
}

// union joins the namespaces of two problems; none stands for all.
func union(a, b []string) []string {
	if len(a) == 0 || len(b) == 0 {
		return nil
	}
	all := append(slices.Clip(a), b...)
	slices.Sort(all)
	return slices.Compact(all)
}

// Around are the namespaces of the objects that the plan read: what is missing most likely belongs
// with them. home is the namespace of an object that says none, "" if it lives in no namespace.
func (p *Plan) Around(home func(*source.Document) string) []string {
	var out []string
	for _, n := range p.nodes {
		if moved := n.namespaces(); len(moved) > 0 {
			out = append(out, moved...)
			continue
		}
		for _, docs := range n.resources {
			for _, d := range docs {
				if ns := cmp.Or(d.Namespace, home(d)); ns != "" {
					out = append(out, ns)
				}
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// namespaces are those that everything from n is moved into, if that can be told: the outermost
// kustomization that sets one wins.
func (n *node) namespaces() (out []string) {
	for ; n != nil; n = n.parent {
		if ns := n.spec.Namespace; ns != "" {
			out = []string{ns}
		}
	}
	return out
}

package source

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/passmuster/muster/mesh"
)

// head is what makes a JSON value a Kubernetes object.
type head struct {
	apiVersion, kind, namespace, name string
	items                             int // offset of the array under "items"; -1 if there is none
	problems                          []problem
}

// problem is a member that has the wrong type, by its JSON pointer.
type problem struct{ path, message string }

func (h *head) isObject() bool { return h.apiVersion != "" && h.kind != "" }

// isList tells lists from custom resources whose kind happens to end in List: those have a name.
func (h *head) isList() bool {
	return h.items >= 0 && (h.kind == "List" || strings.HasSuffix(h.kind, "List") && h.name == "")
}

// readHead looks at the members of a JSON object that say what it is.
func readHead(js []byte, at int) head {
	h := head{items: -1}
	if at >= len(js) || js[at] != '{' {
		return h
	}
	members(js, at, func(m member) bool {
		switch string(js[m.key:m.keyEnd]) {
		case `"apiVersion"`:
			h.apiVersion = h.text(js[m.value:m.end], "/apiVersion")
		case `"kind"`:
			h.kind = h.text(js[m.value:m.end], "/kind")
		case `"metadata"`:
			if js[m.value] == '{' {
				members(js, m.value, func(m member) bool {
					switch string(js[m.key:m.keyEnd]) {
					case `"name"`:
						h.name = h.text(js[m.value:m.end], "/metadata/name")
					case `"namespace"`:
						h.namespace = h.text(js[m.value:m.end], "/metadata/namespace")
					}
					return true
				})
			}
		case `"items"`:
			if js[m.value] == '[' {
				h.items = m.value
			}
		}
		return true
	})
	return h
}

// tooLong is the JSON pointer of a part that is longer than the API server takes in any kind: names
// are DNS subdomains at most (253 characters), and so is a group.
func (h *head) tooLong() string {
	const subdomain, label = 253, 63
	switch {
	case len(h.name) > subdomain:
		return "/metadata/name"
	case len(h.namespace) > subdomain:
		return "/metadata/namespace"
	case len(h.kind) > 2*label:
		return "/kind"
	case len(h.apiVersion) > subdomain+1+label:
		return "/apiVersion"
	}
	return ""
}

// text is a member that has to be a string. A number or boolean is a value that someone forgot
// to quote: it is taken as it is written in JSON, and reported.
func (h *head) text(value []byte, path string) string {
	switch value[0] {
	case '"':
		return unquote(value)
	case 'n':
		return ""
	}
	field := strings.ReplaceAll(path[1:], "/", ".")
	if value[0] == '{' || value[0] == '[' {
		h.problems = append(h.problems, problem{path, field + " has to be a string"})
		return ""
	}
	h.problems = append(h.problems, problem{path, field + " has to be a string; put " + string(value) + " in quotes"})
	return string(value)
}

// object turns the JSON value of one document into what it is: an object, a List of objects, or
// something that is no manifest. duplicates finds keys that stand twice; it is asked for
// manifests only, and nil if there are none.
func (p *piece) object(js []byte, src *text, duplicates func() []Diagnostic) {
	if _, depth := skipValue(js, 0); depth > p.limits.Depth {
		p.fail(src.start(p.file.Path), tooDeep(p.limits))
		return
	}
	p.headed(js, readHead(js, 0), src, duplicates)
}

// headed is object for a value that is no deeper than it may be, and whose head is known.
func (p *piece) headed(js []byte, h head, src *text, duplicates func() []Diagnostic) {
	if p.anything {
		if duplicates != nil {
			p.out.diags = append(p.out.diags, duplicates()...)
		}
		h.items, h.problems = -1, nil
		p.document(js, h, src, "")
		return
	}
	array := js[0] == '[' && holdsObjects(js)
	if reason := recognise(p.file.Path, js, &h); reason != "" && !array {
		p.ignore(reason)
		return
	}
	if duplicates != nil {
		p.out.diags = append(p.out.diags, duplicates()...)
	}
	if array {
		p.items(js, 0, head{}, src, "")
		return
	}
	p.document(js, h, src, "")
}

// holdsObjects reports whether a JSON array is a list of Kubernetes objects by its first element.
func holdsObjects(js []byte) bool {
	objects := false
	elements(js, 0, func(start, _ int) bool {
		h := readHead(js, start)
		objects = h.isObject()
		return false
	})
	return objects
}

// document delivers an object that stands at base inside src, or the items of a List.
func (p *piece) document(js []byte, h head, src *text, base string) {
	if h.isList() {
		p.items(js, h.items, h, src, base+"/items")
		return
	}
	d := &Document{
		File: p.file.Path, Line: p.content, Cluster: p.file.Cluster, Root: p.file.Root,
		APIVersion: h.apiVersion, Kind: h.kind, Namespace: h.namespace, Name: h.name,
		JSON: js, text: src, base: base,
	}
	switch {
	case base != "":
		d.Line = d.Locate("").Line
	case src != p.src:
		d.Line = src.line
	case !p.directives:
		d.lead = p.data[p.from:p.body:p.to]
	}
	if what := h.tooLong(); what != "" {
		p.fail(d.Locate(what), strings.ReplaceAll(what[1:], "/", ".")+" is longer than Kubernetes takes; the object is left out")
		return
	}
	for _, problem := range h.problems {
		p.fail(d.Locate(problem.path), problem.message)
	}
	p.out.docs = append(p.out.docs, d)
}

// items delivers the elements of the array at offset at. The API server leaves apiVersion and
// kind out of the items of a typed list ("kind: ServiceList"), where the list says both.
func (p *piece) items(js []byte, at int, list head, src *text, base string) {
	each := src.itemTexts(base)
	way := wayThrough{text: src}
	n := 0
	elements(js, at, func(start, end int) bool {
		itemSrc, itemBase := src, base+"/"+strconv.Itoa(n)
		if n == p.limits.Documents {
			p.failAt(func() mesh.Position { return itemSrc.locate(p.file.Path, itemBase, "") }, tooManyMessage(p.limits))
			return false
		}
		switch {
		case src.json:
			place := way.to(p.file.Path, start)
			itemSrc, itemBase = &text{raw: js[start:end:end], line: place.Line, column: place.Column, json: true}, ""
		case n < len(each):
			itemSrc, itemBase = each[n], ""
		}
		n++
		item := js[start:end:end]
		h := readHead(item, 0)
		if kind := strings.TrimSuffix(list.kind, "List"); kind != "" && item[0] == '{' && !h.isObject() {
			item, h = typed(item, h, list.apiVersion, kind), readHead(item, 0)
			h.apiVersion, h.kind = list.apiVersion, kind
		}
		if !h.isObject() {
			p.failAt(func() mesh.Position { return itemSrc.locate(p.file.Path, itemBase, "") }, "this item has no apiVersion and kind")
			return true
		}
		p.document(item, h, itemSrc, itemBase)
		return true
	})
}

// typed writes the type of a list into its item.
func typed(item []byte, h head, apiVersion, kind string) []byte {
	out := []byte{'{'}
	add := func(name, value string) {
		quoted, _ := json.Marshal(value) // a string always can be
		out = append(append(append(out, '"'), name...), '"', ':')
		out = append(append(out, quoted...), ',')
	}
	if h.apiVersion == "" {
		add("apiVersion", apiVersion)
	}
	if h.kind == "" {
		add("kind", kind)
	}
	rest := item[skipSpace(item, 1):]
	if rest[0] == '}' {
		out = out[:len(out)-1]
	}
	return append(out, rest...)
}

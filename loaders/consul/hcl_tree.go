package consul

import (
	"slices"
	"strconv"
)

// hclItem is one item of an object as it is written: its keys, of which those beyond the first are labels, and its value.
type hclItem struct {
	keys  []hclKey
	value hclNode
}

type hclKey struct {
	name string
	at   spot
}

// hclNode is a value as it is written.
type hclNode struct {
	kind     kind
	text     string // of a text, number or bool
	at       spot
	items    []hclItem // of an object
	elements []hclNode // of a list
}

// spot is a line and a column, from 1.
type spot struct{ line, column int32 }

// occurrence is one of the items of a name: the keys that follow it are nested objects.
type occurrence struct {
	item *hclItem
	rest []hclKey
}

// named are the items of one name.
type named struct {
	name string
	all  []occurrence
}

// fewItems is how many items an object may have for their names to be compared one by one.
const fewItems = 16

// occurrences are the items of an object by their names, in the order in which these first stand there.
func occurrences(items []hclItem) []named {
	out := make([]named, 0, len(items))
	single := make([]occurrence, 0, len(items)) // the first of each name
	var index map[string]int
	if len(items) > fewItems {
		index = make(map[string]int, len(items))
	}
	for n := range items {
		name, o := items[n].keys[0].name, occurrence{&items[n], items[n].keys[1:]}
		i, known := index[name]
		if index == nil {
			i = slices.IndexFunc(out, func(n named) bool { return n.name == name })
			known = i >= 0
		}
		if known {
			out[i].all = append(out[i].all, o)
			continue
		}
		if index != nil {
			index[name] = len(out)
		}
		single = append(single, o)
		last := len(single)
		out = append(out, named{name, single[last-1 : last : last]})
	}
	return out
}

// object is the value of the items of an object, whose places are noted. Blocks of one name are a list, in their order;
// of several attributes the last one counts.
func (p *places) object(items []hclItem, path string) *value {
	out := &value{kind: objectValue, path: path, members: make([]member, 0, len(items))}
	for _, n := range occurrences(items) {
		at, all := pointer(path, n.name), n.all
		p.at[at] = all[len(all)-1].item.keys[0].at
		blocks := 0
		for _, o := range all {
			if o.item.value.kind == objectValue {
				blocks++
			}
		}
		if len(all) == 1 || blocks < len(all) {
			out.members = append(out.members, member{n.name, p.item(all[len(all)-1], at)})
			continue
		}
		v := &value{kind: listValue, path: at}
		for i, o := range all {
			each := at + "/" + strconv.Itoa(i)
			p.at[each] = o.item.keys[0].at
			v.items = append(v.items, p.item(o, each))
		}
		p.at[at] = all[0].item.keys[0].at
		out.members = append(out.members, member{n.name, v})
	}
	return out
}

// item is the value of one item; keys beyond the first are objects with one member each.
func (p *places) item(o occurrence, path string) *value {
	if len(o.rest) == 0 {
		return p.value(&o.item.value, path)
	}
	at := pointer(path, o.rest[0].name)
	p.at[at] = o.rest[0].at
	inner := p.item(occurrence{o.item, o.rest[1:]}, at)
	return &value{kind: objectValue, path: path, members: []member{{o.rest[0].name, inner}}}
}

func (p *places) value(n *hclNode, path string) *value {
	switch n.kind {
	case objectValue:
		return p.object(n.items, path)
	case listValue:
		v := &value{kind: listValue, path: path}
		for i := range n.elements {
			at := path + "/" + strconv.Itoa(i)
			p.at[at] = n.elements[i].at
			v.items = append(v.items, p.value(&n.elements[i], at))
		}
		return v
	}
	return &value{kind: n.kind, text: n.text, path: path}
}

package kustomize

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
)

// mergeKeys tell the elements of a list apart, in the order in which they are tried (Kubernetes:
// patchMergeKey; the last ones are those of lists that are replaced as a whole).
var mergeKeys = []string{"name", "containerPort", "mountPath", "devicePath", "topologyKey", "port", "ip", "key", "type", "host"}

var (
	escaper   = strings.NewReplacer("~", "~0", "/", "~1")
	unescaper = strings.NewReplacer("~1", "/", "~0", "~")
)

// follow goes the way of a JSON pointer of the object rendered in other, a patch or the origin of
// the object: elements of lists are found by what tells them apart, wherever they stand. It
// returns the value there, and its pointer in other.
func follow(rendered, other any, pointer string) (value any, found string, ok bool) {
	for elem := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		if pointer == "" {
			break
		}
		switch o := other.(type) {
		case map[string]any:
			name := unescaper.Replace(elem)
			if other, ok = o[name]; !ok {
				return nil, found, false
			}
			rendered = member(rendered, name)
			found += "/" + elem
		case []any:
			i, err := strconv.Atoi(elem)
			if err != nil {
				return nil, found, false
			}
			var element any
			if list, isList := rendered.([]any); isList && i < len(list) && i >= 0 {
				element = list[i]
			}
			at := alike(element, o, i)
			if at < 0 {
				return nil, found, false
			}
			rendered, other = element, o[at]
			found += "/" + strconv.Itoa(at)
		default:
			return nil, found, false
		}
	}
	return other, found, true
}

func member(v any, name string) any {
	m, _ := v.(map[string]any)
	return m[name]
}

// alike finds the element of a list that became element i of a rendered list: the one with equal
// keys, else an equal one, else the one at the same place if it has no keys. -1 is none.
func alike(element any, list []any, i int) int {
	best, most := -1, 0
	keyed := false
	for at, candidate := range list {
		score := 0
		for _, key := range mergeKeys {
			mine, theirs := member(element, key), member(candidate, key)
			if mine == nil || theirs == nil {
				continue
			}
			keyed = true
			if !reflect.DeepEqual(mine, theirs) {
				score = 0
				break
			}
			score += 2
		}
		if score > 0 && at == i {
			score++
		}
		if score > most {
			best, most = at, score
		}
	}
	if best >= 0 {
		return best
	}
	if i < len(list) && reflect.DeepEqual(list[i], element) {
		return i
	}
	for at, candidate := range list {
		if reflect.DeepEqual(candidate, element) {
			return at
		}
	}
	if _, isMap := element.(map[string]any); isMap && !keyed && i < len(list) {
		return i
	}
	return -1
}

// equal compares a rendered value with a written one. Numbers are equal if they are written alike
// or mean the same.
func equal(a, b any) bool {
	x, isX := a.(json.Number)
	y, isY := b.(json.Number)
	if isX && isY && x != y {
		f, err1 := x.Float64()
		g, err2 := y.Float64()
		return err1 == nil && err2 == nil && f == g
	}
	return reflect.DeepEqual(a, b)
}

// isScalar reports whether v is no mapping and no list.
func isScalar(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return false
	}
	return true
}

// covers compares a JSON pointer of a patch with one of the object, and returns the rest of the
// latter below the former. Numbers of elements may differ: earlier patches add and remove some.
func covers(patch, pointer string) (rest string, ok bool) {
	p, q := strings.Split(patch, "/"), strings.Split(pointer, "/")
	if len(p) > len(q) {
		return "", false
	}
	for i := range p {
		if p[i] == q[i] {
			continue
		}
		if _, err := strconv.Atoi(q[i]); err != nil {
			return "", false
		}
		if _, err := strconv.Atoi(p[i]); err != nil && p[i] != "-" {
			return "", false
		}
	}
	for _, e := range q[len(p):] {
		rest += "/" + e
	}
	return rest, true
}

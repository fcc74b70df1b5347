package fleet

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
)

// bookkeeping are members of an object's metadata that its cluster keeps for itself.
var bookkeeping = map[string]bool{
	"creationTimestamp": true, "deletionGracePeriodSeconds": true, "generation": true, "managedFields": true, "resourceVersion": true, "selfLink": true, "uid": true,
}

// moments are members of a status that change while nothing else does.
var moments = map[string]bool{"lastHeartbeatTime": true, "lastProbeTime": true, "lastTransitionTime": true, "lastUpdateTime": true, "observedGeneration": true}

// lastApplied repeats an object in one of its annotations.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// part is where in an object the canonical form is.
type part uint8

const (
	atRoot part = iota
	atMetadata
	atAnnotations
	atStatus
	atAnything
)

// left reports whether a member says nothing of what is configured, and where its value is.
func (p part) left(key []byte) (bool, part) {
	switch p {
	case atRoot:
		switch string(key) {
		case "metadata":
			return false, atMetadata
		case "status":
			return false, atStatus
		}
	case atMetadata:
		if string(key) == "annotations" {
			return false, atAnnotations
		}
		return bookkeeping[string(key)], atAnything
	case atAnnotations:
		return string(key) == lastApplied, atAnything
	case atStatus:
		return moments[string(key)], atStatus
	}
	return false, atAnything
}

// canonical is JSON in a form that is the same for equal values: members sorted, numbers and texts as what they say. It is
// for digests alone. The JSON is a loader's own and therefore valid; what is not valid is taken as it is.
type canonical struct {
	in, out []byte
	spare   []byte
	members []canonicalMember
}

// canonicalMember is one member of an object, in the canonical form.
type canonicalMember struct {
	key      []byte
	from, to int
}

// of returns the canonical form of an object, valid until the next one.
func (c *canonical) of(js []byte) []byte {
	c.in, c.out, c.members = js, c.out[:0], c.members[:0]
	if !c.value(atRoot) {
		return js
	}
	return c.out
}

func (c *canonical) space() {
	for len(c.in) > 0 && (c.in[0] == ' ' || c.in[0] == '\n' || c.in[0] == '\t' || c.in[0] == '\r') {
		c.in = c.in[1:]
	}
}

// take removes one byte if it comes next.
func (c *canonical) take(b byte) bool {
	c.space()
	if len(c.in) == 0 || c.in[0] != b {
		return false
	}
	c.in = c.in[1:]
	return true
}

func (c *canonical) value(at part) bool {
	c.space()
	if len(c.in) == 0 {
		return false
	}
	switch c.in[0] {
	case '{':
		return c.object(at)
	case '[':
		return c.list(at)
	case '"':
		text, ok := c.text()
		c.out = strconv.AppendInt(append(c.out, 't'), int64(len(text)), 10)
		c.out = append(append(c.out, ':'), text...)
		return ok
	}
	end := bytes.IndexAny(c.in, ",]} \n\t\r")
	if end < 0 {
		end = len(c.in)
	}
	c.out = append(append(c.out, ' '), number(c.in[:end])...)
	c.in = c.in[end:]
	return end > 0
}

// text reads a text without its escapes.
func (c *canonical) text() ([]byte, bool) {
	for i := 1; i < len(c.in); i++ {
		switch c.in[i] {
		case '"':
			text := c.in[1:i]
			c.in = c.in[i+1:]
			return text, true
		case '\\':
			return c.escapedText(i)
		}
	}
	return nil, false
}

func (c *canonical) escapedText(i int) ([]byte, bool) {
	for ; i < len(c.in); i++ {
		switch c.in[i] {
		case '\\':
			i++
		case '"':
			var text string
			err := json.Unmarshal(c.in[:i+1], &text)
			c.in = c.in[i+1:]
			return []byte(text), err == nil
		}
	}
	return nil, false
}

func (c *canonical) list(at part) bool {
	c.in = c.in[1:]
	c.out = append(c.out, '[')
	if at != atStatus {
		at = atAnything
	}
	for !c.take(']') {
		if !c.value(at) {
			return false
		}
		c.take(',')
	}
	c.out = append(c.out, ']')
	return true
}

func (c *canonical) object(at part) bool {
	c.in = c.in[1:]
	c.out = append(c.out, '{')
	first, begin := len(c.members), len(c.out)
	for !c.take('}') {
		c.space()
		if len(c.in) == 0 || c.in[0] != '"' {
			return false
		}
		key, ok := c.text()
		if !ok || !c.take(':') {
			return false
		}
		from := len(c.out)
		left, below := at.left(key)
		c.out = strconv.AppendInt(append(c.out, 'k'), int64(len(key)), 10)
		c.out = append(append(c.out, ':'), key...)
		if !c.value(below) {
			return false
		}
		if left {
			c.out = c.out[:from]
		} else {
			c.members = append(c.members, canonicalMember{key, from, len(c.out)})
		}
		c.take(',')
	}
	own := c.members[first:]
	byKey := func(a, b canonicalMember) int { return bytes.Compare(a.key, b.key) }
	if !slices.IsSortedFunc(own, byKey) {
		slices.SortStableFunc(own, byKey)
		c.spare = c.spare[:0]
		for _, m := range own {
			c.spare = append(c.spare, c.out[m.from:m.to]...)
		}
		copy(c.out[begin:], c.spare)
	}
	c.members = c.members[:first]
	c.out = append(c.out, '}')
	return true
}

// number writes equal numbers alike: 1, 1.0 and 1e0. What is none (true, false, null) stays.
func number(text []byte) []byte {
	if !bytes.ContainsAny(text, ".eE") || len(text) > 0 && (text[0] == 't' || text[0] == 'f' || text[0] == 'n') {
		return text
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return text
	}
	if f == float64(int64(f)) && f < 1e15 && f > -1e15 {
		return strconv.AppendInt(nil, int64(f), 10)
	}
	return strconv.AppendFloat(nil, f, 'g', -1, 64)
}

package consul

import (
	"slices"
	"strconv"
	"strings"
)

// Canonical is the body of an entry in a form that is the same for equal bodies, in whatever notation and order they are
// written: for digests alone.
func (e *Entry) Canonical() []byte {
	var b strings.Builder
	e.body.canonical(&b)
	return []byte(b.String())
}

func (v *value) canonical(b *strings.Builder) {
	if v == nil {
		b.WriteByte('-')
		return
	}
	switch v.kind {
	case objectValue:
		members := make([]string, 0, len(v.members))
		for _, m := range v.members {
			var one strings.Builder
			one.WriteString(strconv.Quote(strings.ToLower(strings.ReplaceAll(m.key, "_", ""))))
			m.val.canonical(&one)
			members = append(members, one.String())
		}
		slices.Sort(members)
		b.WriteString("{" + strings.Join(members, ",") + "}")
	case listValue:
		b.WriteByte('[')
		for _, item := range v.items {
			item.canonical(b)
			b.WriteByte(',')
		}
		b.WriteByte(']')
	default:
		b.WriteString(strconv.Itoa(int(v.kind)) + strconv.Quote(v.text))
	}
}

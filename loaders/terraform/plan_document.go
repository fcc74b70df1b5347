package terraform

import (
	"strconv"

	"github.com/zclconf/go-cty/cty"

	"github.com/passmuster/muster/loaders/source"
	"github.com/passmuster/muster/mesh"
)

// document is Instance.Document of a plan or a state. Positions are those of the configuration that stands beside it, if it reads as many
// documents there. A text that the plan does not know is read there, too, as far as plan and configuration do not differ.
func (x *planned) document(in Instance, path []any) ([]*Document, *Unknown) {
	leaf := x.leaf(path)
	var beside []*Document
	var why *Unknown
	if x.config != nil {
		beside, why = x.config.Document(path...)
	}
	switch {
	case leaf.Absent:
		return nil, nil
	case leaf.Unknown != nil && !leaf.Value.IsKnown():
		if x.config != nil && !x.drift && (len(beside) > 0 || why != nil) {
			return beside, why
		}
		return nil, leaf.Unknown
	case leaf.Value.IsNull():
		return nil, nil
	}
	docs, u := x.documents(in, leaf)
	if len(docs) == len(beside) {
		for i, d := range docs {
			d.locate = beside[i].locate
		}
	}
	return docs, u
}

func (x *planned) documents(in Instance, leaf Leaf) ([]*Document, *Unknown) {
	at := func(string) mesh.Position { return leaf.Position() }
	r := &reader{in: in, drawing: &drawing{tokens: &[]*Unknown{}, steps: new(int)}}
	if isText(leaf.Value) {
		parsed, diags := source.ParseAny("", []byte(leaf.Value.AsString()), source.Options{})
		if len(diags) > 0 {
			x.file.tell(x.start, "the document in %s cannot be read: %s", clip(in.Address), diags[0].Message)
			return nil, &Unknown{Reason: "error: " + diags[0].Message}
		}
		var out []*Document
		for _, p := range parsed {
			out = append(out, r.finish(p.JSON, at))
		}
		return out, nil
	}
	// What is unknown becomes a placeholder, as it does in documents of a configuration.
	v, err := cty.Transform(leaf.Value, func(_ cty.Path, v cty.Value) (cty.Value, error) {
		if v.IsKnown() {
			return v, nil
		}
		*r.tokens = append(*r.tokens, &Unknown{Reason: AfterApply, Refs: leaf.Refs})
		return cty.StringVal(tokenStart + strconv.Itoa(len(*r.tokens)-1) + tokenEnd), nil
	})
	if err != nil {
		return nil, &Unknown{Reason: "error: " + err.Error()}
	}
	js, err := marshal(v)
	if err != nil {
		return nil, &Unknown{Reason: "error: " + err.Error()}
	}
	return []*Document{r.finish(js, at)}, nil
}

package terraform

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	ctyjson "github.com/zclconf/go-cty/cty/json"
	"sigs.k8s.io/yaml"

	"github.com/passmuster/muster/loaders/source"
)

// pathDocuments are the documents of the files that match a pattern, which are templates unless that is switched off (kubectl provider,
// data_source_kubectl_path_documents.go).
func pathDocuments(d *reading) (map[string]cty.Value, error) {
	pattern, ok := d.text("pattern")
	if !ok || d.open("vars", "sensitive_vars", "disable_template") {
		return nil, nil
	}
	names, err := d.glob(pattern)
	if err != nil {
		return nil, err
	}
	off, _ := d.text("disable_template")
	var all []part
	for _, name := range names {
		text, at, err := d.file(name)
		if err != nil {
			return nil, err
		}
		made := &origin{scope: d.scope, file: at, whole: text}
		if off != "true" {
			if text, made, err = d.render(text, at, "vars", "sensitive_vars"); errors.Is(err, errUnknown) {
				return nil, nil
			} else if err != nil {
				return nil, err
			}
		}
		docs, err := d.divided(text, made)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, docs...)
	}
	return d.documents(all)
}

func fileDocuments(d *reading) (map[string]cty.Value, error) {
	content, ok := d.text("content")
	if !ok {
		return nil, nil
	}
	docs, err := d.divided(content, &origin{scope: d.scope, expr: d.block.expr("content"), frame: d.at.frame, whole: content})
	if err != nil {
		return nil, err
	}
	return d.documents(docs)
}

// part is one document of a text.
type part struct {
	text   string
	json   []byte
	origin *origin
}

// divided are the documents of a text as the kubectl provider divides it (yaml/splitter.go): at lines that begin with "---". What stands behind the last
// of these, in a line without an end, goes with what stands before it.
func (d *reading) divided(text string, made *origin) (docs []part, err error) {
	const mark = "\n---"
	for text != "" {
		one, start := text, len(made.whole)-len(text)
		if i := strings.Index(text, mark); i >= 0 {
			rest := text[i+len(mark):]
			end := strings.IndexByte(rest, '\n')
			switch {
			case rest == "":
				one, text = text[:i], ""
			case end < 0:
				return docs, nil
			default:
				one, text = text[:i], rest[end+1:]
			}
		} else {
			text = ""
		}
		d.meter.tick(1 + len(one)/64)
		start += len(one) - len(strings.TrimLeftFunc(one, unicode.IsSpace))
		one = strings.TrimSpace(one)
		parsed, diags := source.ParseAny("", []byte(one), source.Options{})
		if len(diags) > 0 {
			return nil, fmt.Errorf("line %d of a document: %s", diags[0].Position.Line, diags[0].Message)
		}
		if len(parsed) > 0 && len(parsed[0].JSON) > 2 && string(parsed[0].JSON) != "null" {
			at := *made
			at.start, at.part = start, one
			docs = append(docs, part{one, parsed[0].JSON, &at})
		}
	}
	return docs, nil
}

// documents are the attributes documents and manifests.
func (d *reading) documents(docs []part) (map[string]cty.Value, error) {
	manifests := map[string]cty.Value{}
	var list []string
	for _, doc := range docs {
		list = append(list, doc.text)
		out, err := yaml.JSONToYAML(doc.json)
		if err != nil {
			return nil, err
		}
		d.meter.text(len(out))
		manifests[selfLink(doc.json)] = cty.StringVal(string(out))
		d.from(doc.text, doc.origin)
		d.from(string(out), doc.origin)
	}
	all := cty.MapValEmpty(cty.String)
	if len(manifests) > 0 {
		all = cty.MapVal(manifests)
	}
	return map[string]cty.Value{"documents": texts(list), "manifests": all}, nil
}

// selfLink is the key of a manifest (kubectl provider, yaml/manifest.go).
func selfLink(js []byte) string {
	var object struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Metadata   struct{ Name, Namespace, SelfLink string }
	}
	if json.Unmarshal(js, &object) != nil {
		return ""
	}
	if object.Metadata.SelfLink != "" {
		return object.Metadata.SelfLink
	}
	out := "/apis"
	if object.APIVersion == "v1" {
		out = "/api"
	}
	add := func(prefix, text, suffix string) {
		if text != "" {
			out += prefix + text + suffix
		}
	}
	plural := "s"
	if strings.HasSuffix(object.Kind, "s") {
		plural = "es"
	}
	add("/", object.APIVersion, "")
	add("/namespaces/", object.Metadata.Namespace, "")
	add("/", strings.ToLower(object.Kind), plural)
	add("/", object.Metadata.Name, "")
	return out
}

// manifestFunctions are those of the Kubernetes provider that read manifests (internal/framework/provider/functions/decode.go): with Kubernetes'
// reading of YAML, which is not that of yamldecode.
func (r *Root) manifestFunctions() map[string]function.Function {
	of := func(do func([]cty.Value) (cty.Value, error)) function.Function {
		return function.New(&function.Spec{
			Params: []function.Parameter{{Name: "manifest", Type: cty.String}},
			Type:   function.StaticReturnType(cty.DynamicPseudoType),
			Impl: func(a []cty.Value, _ cty.Type) (cty.Value, error) {
				list, err := r.manifestsIn(a[0].AsString())
				if err != nil {
					return cty.NilVal, err
				}
				return do(list)
			},
		})
	}
	return map[string]function.Function{
		"provider::kubernetes::manifest_decode": of(func(list []cty.Value) (cty.Value, error) {
			if len(list) != 1 {
				return cty.NilVal, fmt.Errorf("it has %d manifests, and one is wanted", len(list))
			}
			return list[0], nil
		}),
		"provider::kubernetes::manifest_decode_multi": of(func(list []cty.Value) (cty.Value, error) { return cty.TupleVal(list), nil }),
	}
}

func (r *Root) manifestsIn(text string) (list []cty.Value, err error) {
	if len(text) > r.limits.ReadBytes {
		return nil, r.meter.over(refuse("it has a document of more than %d bytes", r.limits.ReadBytes))
	}
	r.meter.tick(len(text) / 16)
	parsed, diags := source.ParseAny("", []byte(text), source.Options{})
	if len(diags) > 0 {
		return nil, fmt.Errorf("line %d: %s", diags[0].Position.Line, diags[0].Message)
	}
	for _, p := range parsed {
		var v ctyjson.SimpleJSONValue
		if err := v.UnmarshalJSON(p.JSON); err != nil {
			return nil, err
		}
		if v.IsNull() || v.Type().IsObjectType() && len(v.Type().AttributeTypes()) == 0 {
			continue
		}
		for _, name := range []string{"apiVersion", "kind", "metadata"} {
			if !v.Type().IsObjectType() || !v.Type().HasAttribute(name) {
				return nil, fmt.Errorf("a document has no %s, and is no manifest", name)
			}
		}
		if err := r.meter.measure(v.Value); err != nil {
			return nil, r.meter.over(err)
		}
		list = append(list, v.Value)
	}
	return list, nil
}

package plan

import (
	"encoding"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Write writes a plan as YAML: members in the order of the types, and a comment where a person has something to fill in.
// Reading it back gives the same plan.
func Write(w io.Writer, p *Plan) error {
	doc, err := nodeOf(reflect.ValueOf(*p), "")
	if err != nil {
		return err
	}
	remark(doc, p)
	doc.HeadComment = "yaml-language-server: $schema=" + SchemaURL
	e := yaml.NewEncoder(w)
	e.SetIndent(2)
	if err := e.Encode(doc); err != nil {
		return fmt.Errorf("cannot write the plan: %w", err)
	}
	return e.Close()
}

// nodeOf is a value as YAML; empty members go as their json tags say.
func nodeOf(v reflect.Value, path string) (*yaml.Node, error) {
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if text, ok := v.Interface().(fmt.Stringer); ok && v.CanInt() { // a duration
		return scalarOf(text.String())
	}
	if _, ok := v.Interface().(encoding.TextMarshaler); ok {
		return nil, fmt.Errorf("%s cannot be written", path)
	}
	switch v.Kind() {
	case reflect.Struct:
		return mappingOf(v, path)
	case reflect.Slice:
		return sequenceOf(v, path)
	case reflect.Map:
		n := &yaml.Node{Kind: yaml.MappingNode, Style: yaml.FlowStyle}
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, k := range keys {
			if err := add(n, k.String(), v.MapIndex(k), path); err != nil {
				return nil, err
			}
		}
		plainStyle(n)
		return n, nil
	}
	return scalarOf(v.Interface())
}

func scalarOf(x any) (*yaml.Node, error) {
	n := &yaml.Node{}
	if err := n.Encode(x); err != nil {
		return nil, fmt.Errorf("cannot write the plan: %w", err)
	}
	return n, nil
}

func mappingOf(v reflect.Value, path string) (*yaml.Node, error) {
	n := &yaml.Node{Kind: yaml.MappingNode}
	for i := range v.NumField() {
		key, options, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		member := v.Field(i)
		empty := member.IsZero() || (member.Kind() == reflect.Slice || member.Kind() == reflect.Map) && member.Len() == 0
		if key == "" || key == "-" || empty && (options != "" || checked(v.Type().Name()+"."+key, member)) {
			continue
		}
		if err := add(n, key, member, path); err != nil {
			return nil, err
		}
	}
	if len(n.Content) == 0 || compact[v.Type()] {
		n.Style = yaml.FlowStyle
	}
	return n, nil
}

// checked reports whether a member is text of a form, of which there is none that is empty.
func checked(name string, member reflect.Value) bool {
	return member.Kind() == reflect.String && (words[name] != nil || forms[name] != nil)
}

// compact are the structs that are written on one line.
var compact = map[reflect.Type]bool{
	reflect.TypeFor[Term](): true, reflect.TypeFor[Echo](): true, reflect.TypeFor[Abort](): true, reflect.TypeFor[Approval](): true,
	reflect.TypeFor[Followup](): true, reflect.TypeFor[Document](): true,
}

func add(n *yaml.Node, key string, v reflect.Value, path string) error {
	k, err := scalarOf(key)
	if err != nil {
		return err
	}
	child, err := nodeOf(v, path+"/"+key)
	if err != nil {
		return err
	}
	n.Content = append(n.Content, k, child)
	return nil
}

func sequenceOf(v reflect.Value, path string) (*yaml.Node, error) {
	n := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
	for i := range v.Len() {
		child, err := nodeOf(v.Index(i), path+"/"+strconv.Itoa(i))
		if err != nil {
			return nil, err
		}
		n.Content = append(n.Content, child)
	}
	plainStyle(n)
	return n, nil
}

// plainStyle leaves short lists and mappings of scalars on one line, and gives all others lines of their own.
func plainStyle(n *yaml.Node) {
	const width = 80
	length := 0
	for _, child := range n.Content {
		length += len(child.Value) + 2
		if child.Kind != yaml.ScalarNode && len(child.Content) > 0 || length > width {
			n.Style = 0
			return
		}
	}
}

// remark tells what a person has to fill in.
func remark(doc *yaml.Node, p *Plan) {
	say := func(text string, path ...string) {
		if key := find(doc, path); key != nil {
			key.LineComment = text
		}
	}
	if p.Metadata.Owner == "" {
		say("who answers for the drill", "metadata", "owner")
	}
	for i := range p.Probes {
		pr := &p.Probes[i]
		if pr.Target == "" {
			say(targetHelp(pr), "probes", strconv.Itoa(i), "target")
		}
	}
	if len(p.People.Approvers) == 0 {
		say("who may say yes; their approvals go to people.approved", "people", "approvers")
	}
	if len(p.Rollback.Steps) == 0 {
		say("the way back, by hand if the tools fail too", "rollback", "steps")
	}
	if !p.Rollback.Tested {
		say("true once somebody has gone it", "rollback", "tested")
	}
	if p.Fault.Driver == "command" && len(p.Fault.Hooks) == 0 {
		say("commands go to fault.hooks, by fault mode", "fault", "driver")
	}
}

// targetHelp says what belongs into an empty target.
func targetHelp(pr *Probe) string {
	what := "a host:port"
	if strings.HasPrefix(pr.Protocol, "http") {
		what = "a URL"
	}
	text := what + " that reaches " + pr.Service
	if pr.Port != 0 {
		text += " on port " + strconv.Itoa(pr.Port)
	}
	if pr.Client != "" {
		text += " as " + pr.Client + " does"
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
}

// find is the key of a member, or the item of a list.
func find(n *yaml.Node, path []string) *yaml.Node {
	for i, name := range path {
		if n.Kind == yaml.SequenceNode {
			at, err := strconv.Atoi(name)
			if err != nil || at >= len(n.Content) {
				return nil
			}
			n = n.Content[at]
			continue
		}
		var key, value *yaml.Node
		for j := 0; j+1 < len(n.Content); j += 2 {
			if n.Content[j].Value == name {
				key, value = n.Content[j], n.Content[j+1]
			}
		}
		if key == nil {
			return nil
		}
		if n = value; i == len(path)-1 {
			return value
		}
	}
	return n
}

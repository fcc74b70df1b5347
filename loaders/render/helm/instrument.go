package helm

import (
	"slices"
	"strconv"
	"strings"
	"text/template/parse"
)

// markName is the function that instrumented templates call before each of their nodes. It
// prints nothing; it tells the tracer what will be written next.
const markName = "mark_what_comes_next"

type siteKind int

const (
	siteText   siteKind = iota
	siteAction          // prints the value of a pipeline
	siteScope           // if, with, range, template: evaluates a pipeline and prints nothing itself
	siteBody            // the beginning of a range's body
	siteEnter           // the beginning of a template
	siteLeave           // its end
)

// site is a node of a template, as far as tracing needs it.
type site struct {
	kind siteKind
	origin
	offset  int  // of the node in origin.text; "{{" for actions
	literal bool // the node's text stands there as it is written
	tplLine int  // the line of a string that tpl rendered, from 1
	// Where offset is, once somebody has asked.
	baseLine, baseColumn int

	what    string   // the template that is entered, or the {{template}} that runs one
	chains  []chain  // what the pipeline looks at
	files   []string // chart files that it reads by name
	args    []string // the bases of the chains, in the order in which mark gets their values: "." "$" "$x"
	decl    []string // variables that it sets
	scope   int      // site of the with or range whose value is the dot; -1 for the template's own
	isRange bool
}

// origin is the text that a tree was parsed from.
type origin struct {
	file         string // of the chart
	text         string
	tpl          bool // text is a string that tpl rendered; file, line and column are those of the action
	line, column int
}

// chain is a path from the dot, $ or a variable.
type chain struct {
	base   int // index into site.args
	fields []field
}

// field is one element of a chain: a name, or what another chain leads to (index .Values.x $key).
type field struct {
	name string
	by   *chain
}

// place is line and column, both one-based, of an offset of the text.
func (o *origin) place(offset int) (line, column int) {
	if o.tpl {
		return o.line, o.column
	}
	return advance(1, 1, o.text[:min(offset, len(o.text))])
}

// instrumenter rewrites syntax trees so that every node announces itself.
type instrumenter struct {
	sites  []*site
	origin origin // of the tree being rewritten
}

func (in *instrumenter) add(s site) int {
	s.origin = in.origin
	in.sites = append(in.sites, &s)
	return len(in.sites) - 1
}

// tree instruments a template.
func (in *instrumenter) tree(t *parse.Tree) {
	if t == nil || t.Root == nil {
		return
	}
	in.list(t.Root, -1)
	enter, leave := in.add(site{kind: siteEnter, what: t.Name, scope: -1}), in.add(site{kind: siteLeave, scope: -1})
	t.Root.Nodes = slices.Concat([]parse.Node{mark(enter, ".")}, t.Root.Nodes, []parse.Node{mark(leave)})
}

func (in *instrumenter) list(l *parse.ListNode, scope int) {
	if l == nil {
		return
	}
	out := make([]parse.Node, 0, 2*len(l.Nodes))
	before := func(s site, n parse.Node) int {
		s.scope = scope
		if in.origin.tpl {
			s.tplLine = strings.Count(in.origin.text[:min(int(n.Position()), len(in.origin.text))], "\n") + 1
		}
		id := in.add(s)
		out = append(out, mark(id, s.args...))
		return id
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.TextNode:
			before(in.textSite(n), n)
		case *parse.ActionNode:
			before(in.pipeSite(siteAction, n.Pipe), n)
		case *parse.TemplateNode:
			s := in.pipeSite(siteScope, n.Pipe)
			s.offset, s.what = in.delimiter(n.Pos), "template "+strconv.Quote(n.Name)
			before(s, n)
		case *parse.IfNode:
			before(in.pipeSite(siteScope, n.Pipe), n)
			in.list(n.List, scope)
			in.list(n.ElseList, scope)
		case *parse.WithNode:
			id := before(in.pipeSite(siteScope, n.Pipe), n)
			in.list(n.List, id)
			in.list(n.ElseList, scope)
		case *parse.RangeNode:
			s := in.pipeSite(siteScope, n.Pipe)
			s.isRange = true
			id := before(s, n)
			in.list(n.List, id)
			in.list(n.ElseList, scope)
			body := in.add(site{kind: siteBody, scope: id})
			n.List.Nodes = slices.Insert(n.List.Nodes, 0, parse.Node(mark(body, ".")))
		}
		out = append(out, n)
	}
	l.Nodes = out
}

func (in *instrumenter) textSite(n *parse.TextNode) site {
	at := int(n.Pos)
	literal := at >= 0 && at <= len(in.origin.text) && strings.HasPrefix(in.origin.text[at:], string(n.Text)) && !in.origin.tpl
	return site{kind: siteText, offset: at, literal: literal}
}

// delimiter is where the action that holds a position begins.
func (in *instrumenter) delimiter(pos parse.Pos) int {
	return max(strings.LastIndex(in.origin.text[:min(int(pos), len(in.origin.text))], "{{"), 0)
}

func (in *instrumenter) pipeSite(kind siteKind, p *parse.PipeNode) site {
	s := site{kind: kind}
	if p == nil {
		return s
	}
	s.offset = in.delimiter(p.Pos)
	for _, v := range p.Decl {
		s.decl = append(s.decl, v.Ident[0])
	}
	c := collector{site: &s}
	c.pipe(p)
	return s
}

// mark is the node {{markName id base...}}.
func mark(id int, bases ...string) *parse.ActionNode {
	number := &parse.NumberNode{NodeType: parse.NodeNumber, IsInt: true, Int64: int64(id), Text: strconv.Itoa(id)}
	args := []parse.Node{parse.NewIdentifier(markName), number}
	for _, b := range bases {
		if b == "." {
			args = append(args, &parse.DotNode{NodeType: parse.NodeDot})
		} else {
			args = append(args, &parse.VariableNode{NodeType: parse.NodeVariable, Ident: []string{b}})
		}
	}
	command := &parse.CommandNode{NodeType: parse.NodeCommand, Args: args}
	pipe := &parse.PipeNode{NodeType: parse.NodePipe, Cmds: []*parse.CommandNode{command}}
	return &parse.ActionNode{NodeType: parse.NodeAction, Pipe: pipe}
}

package helm

import (
	"slices"
	"text/template/parse"
)

// collector gathers what a pipeline looks at.
type collector struct {
	site   *site
	hidden []string // variables that the pipeline itself declares: they have no value before it
}

func (c *collector) pipe(p *parse.PipeNode) {
	if p == nil {
		return
	}
	for _, v := range p.Decl {
		if !p.IsAssign {
			c.hidden = append(c.hidden, v.Ident[0])
		}
	}
	for _, cmd := range p.Cmds {
		c.command(cmd)
	}
}

func (c *collector) command(cmd *parse.CommandNode) {
	args := cmd.Args
	if len(args) >= 2 {
		if ch, ok := c.chain(args[0]); ok && lastTwo(ch, "Files", "Get") {
			if name, ok := args[1].(*parse.StringNode); ok {
				c.site.files = append(c.site.files, name.Text)
			}
		}
	}
	if len(args) >= 2 && args[0].Type() == parse.NodeIdentifier {
		fn := args[0].(*parse.IdentifierNode).Ident
		if (fn == "index" || fn == "get") && c.indexed(args[1:]) {
			return
		}
	}
	for _, a := range args {
		c.arg(a)
	}
}

// indexed reads index .Values.x "key" $i as one chain.
func (c *collector) indexed(args []parse.Node) bool {
	ch, ok := c.chain(args[0])
	if !ok || len(args) < 2 {
		return false
	}
	for _, a := range args[1:] {
		switch a := a.(type) {
		case *parse.StringNode:
			ch.fields = append(ch.fields, field{name: a.Text})
		case *parse.NumberNode:
			ch.fields = append(ch.fields, field{name: a.Text})
		default:
			key, ok := c.chain(a)
			if !ok {
				return false
			}
			ch.fields = append(ch.fields, field{by: &key})
		}
	}
	c.site.chains = append(c.site.chains, ch)
	return true
}

func (c *collector) arg(n parse.Node) {
	switch n := n.(type) {
	case *parse.PipeNode:
		c.pipe(n)
	case *parse.ChainNode:
		known := len(c.site.chains)
		c.arg(n.Node)
		for i := known; i < len(c.site.chains); i++ {
			for _, name := range n.Field {
				c.site.chains[i].fields = append(c.site.chains[i].fields, field{name: name})
			}
		}
	default:
		if ch, ok := c.chain(n); ok {
			c.site.chains = append(c.site.chains, ch)
		}
	}
}

// chain reads a node that is a path from a base.
func (c *collector) chain(n parse.Node) (chain, bool) {
	base, idents := ".", []string(nil)
	switch n := n.(type) {
	case *parse.DotNode:
	case *parse.FieldNode:
		idents = n.Ident
	case *parse.VariableNode:
		base, idents = n.Ident[0], n.Ident[1:]
	default:
		return chain{}, false
	}
	i, ok := c.base(base)
	ch := chain{base: i}
	for _, name := range idents {
		ch.fields = append(ch.fields, field{name: name})
	}
	return ch, ok
}

// base is the index of a base among the arguments of the site's mark.
func (c *collector) base(name string) (int, bool) {
	if slices.Contains(c.hidden, name) {
		return 0, false
	}
	i := slices.Index(c.site.args, name)
	if i < 0 {
		i = len(c.site.args)
		c.site.args = append(c.site.args, name)
	}
	return i, true
}

func lastTwo(ch chain, a, b string) bool {
	n := len(ch.fields)
	return n >= 2 && ch.fields[n-2].name == a && ch.fields[n-1].name == b
}

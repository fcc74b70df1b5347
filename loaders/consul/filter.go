package consul

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// Filter is an expression of Consul's filter language (go-bexpr), as subsets use it:
//
//	Service.Meta.version == v2 and ("warm" in Service.Tags or not Service.Port == 80)
//
// Operators: ==, !=, in, not in, contains, not contains, matches, not matches, is empty, is not
// empty; and binds tighter than or, and keywords stand between spaces. A selector is a path of
// names, a["b"] being a.b.
type Filter struct{ root *clause }

// clause is a node of an expression: "and" and "or" have two sides, "not" has the left one, and
// "match" compares a selector with a value.
type clause struct {
	kind        string
	left, right *clause
	op          operator
	negated     bool
	selector    []string
	value       string
	pattern     *regexp.Regexp // of matches; nil if malformed
}

// operator is what a match does; negated forms are clause.negated.
type operator int

const (
	equal operator = iota
	contains
	matches
	isEmpty
)

const (
	maxFilterDepth = 100
	maxFilterBytes = 64 << 10
)

var errFilter = errors.New("is no filter expression")

// ParseFilter parses an expression. It does not know which fields exist: see Filter.Check. The
// empty expression is none.
func ParseFilter(text string) (*Filter, error) {
	if len(text) > maxFilterBytes {
		return nil, fmt.Errorf("%w: longer than %d bytes", errFilter, maxFilterBytes)
	}
	p := &filterParser{text: text}
	p.space()
	root := p.or()
	p.space()
	if p.deep {
		return nil, fmt.Errorf("%w: nested too deep", errFilter)
	}
	if root == nil || p.at < len(p.text) {
		return nil, fmt.Errorf("%w: it cannot be read from character %d on", errFilter, p.furthest+1)
	}
	return &Filter{root}, nil
}

// filterParser is a recursive descent that may step back. nil means "not here".
type filterParser struct {
	text     string
	at       int
	furthest int
	depth    int
	deep     bool
}

// joined reads one or more operands between the same keyword.
func (p *filterParser) joined(word string, operand func() *clause) *clause {
	left := operand()
	for left != nil {
		from := p.at
		if !p.keyword(word) {
			break
		}
		right := operand()
		if right == nil {
			p.at = from
			break
		}
		left = &clause{kind: word, left: left, right: right}
	}
	return left
}

func (p *filterParser) or() *clause {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxFilterDepth {
		p.deep = true
		return nil
	}
	return p.joined("or", func() *clause { return p.joined("and", p.not) })
}

func (p *filterParser) not() *clause {
	from, nots := p.at, 0
	for strings.HasPrefix(p.text[p.at:], "not") {
		before := p.at
		p.at += len("not")
		if !p.space() {
			p.at = before
			break
		}
		nots++
	}
	inner := p.parenthesised()
	if inner == nil && nots > 0 { // "not" may be a value, too
		nots, p.at = nots-1, from
		for range nots {
			p.at += len("not")
			p.space()
		}
		inner = p.match()
	}
	if inner != nil && nots%2 == 1 {
		return &clause{kind: "not", left: inner}
	}
	return inner
}

func (p *filterParser) parenthesised() *clause {
	if p.at >= len(p.text) || p.text[p.at] != '(' {
		return p.match()
	}
	from := p.at
	p.at++
	p.space()
	inner := p.or()
	p.space()
	if inner == nil || p.at >= len(p.text) || p.text[p.at] != ')' {
		p.at = from
		return nil
	}
	p.at++
	return inner
}

// match reads "selector op value", "selector is empty" or "value in selector".
func (p *filterParser) match() *clause {
	from := p.at
	if sel, _ := p.selector(); sel != nil {
		if m := p.afterSelector(sel); m != nil {
			return m
		}
	}
	p.at = from
	value, ok := p.value()
	if !ok {
		p.at = from
		return nil
	}
	m := &clause{kind: "match", op: contains, value: value}
	switch {
	case p.keyword("in"):
	case p.keyword("not", "in"):
		m.negated = true
	default:
		p.at = from
		return nil
	}
	if m.selector, _ = p.selector(); m.selector == nil {
		p.at = from
		return nil
	}
	return m
}

func (p *filterParser) afterSelector(sel []string) *clause {
	m := &clause{kind: "match", selector: sel}
	from := p.at
	p.space()
	switch rest := p.text[p.at:]; {
	case strings.HasPrefix(rest, "=="), strings.HasPrefix(rest, "!="):
		m.op, m.negated = equal, rest[0] == '!'
		p.at += 2
		p.space()
		return p.withValue(m, from)
	}
	p.at = from
	for _, o := range []struct {
		op      operator
		negated bool
		words   []string
	}{
		{contains, false, []string{"contains"}}, {contains, true, []string{"not", "contains"}},
		{matches, false, []string{"matches"}}, {matches, true, []string{"not", "matches"}},
		{isEmpty, false, []string{"is", "empty"}}, {isEmpty, true, []string{"is", "not", "empty"}},
	} {
		m.op, m.negated = o.op, o.negated
		if o.op == isEmpty && p.word(o.words...) {
			return m
		}
		if o.op != isEmpty && p.keyword(o.words...) {
			return p.withValue(m, from)
		}
	}
	return nil
}

func (p *filterParser) withValue(m *clause, from int) *clause {
	value, ok := p.value()
	if !ok {
		p.at = from
		return nil
	}
	m.value = value
	if m.op == matches {
		m.pattern, _ = regexp.Compile(value) // a malformed one is accepted on write, and fails later
	}
	return m
}

package terraform

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"go.yaml.in/yaml/v3"
)

// formatted bounds the widths and precisions of format and formatlist, and what they make.
func formatted(m *meter, args []cty.Value) error {
	format := str(args[0])
	longest := 1
	for _, l := range args {
		if b, _ := l.Unmark(); b.IsKnown() && !b.IsNull() && b.CanIterateElements() {
			longest = max(longest, b.LengthInt())
			for it := b.ElementIterator(); it.Next(); {
				_, e := it.Element()
				if err := m.formatArgument(format, e); err != nil {
					return err
				}
				if l == args[0] {
					if err := m.width(str(e)); err != nil {
						return err
					}
				}
			}
			continue
		}
		if err := m.formatArgument(format, l); err != nil {
			return err
		}
	}
	if err := m.width(format); err != nil {
		return err
	}
	s := size{limits: m.limits}
	for _, a := range args {
		if err := s.add(a, 0); err != nil {
			return err
		}
	}
	m.tick(longest)
	if err := m.elements(longest); err != nil {
		return err
	}
	verbs := strings.Count(format, "%")
	return m.made(longest*len(format) + max(verbs, 1)*s.bytes)
}

// width looks at the digits of each verb.
func (m *meter) width(format string) error {
	for i := 0; i < len(format); i++ {
		if format[i] != '%' {
			continue
		}
		for i++; i < len(format) && strings.IndexByte("+-# .[]0123456789", format[i]) >= 0; {
			start := i
			for i < len(format) && format[i] >= '0' && format[i] <= '9' {
				i++
			}
			if digits := strings.TrimLeft(format[start:i], "0"); digits != "" {
				if n, err := strconv.Atoi(digits); err != nil || n > m.limits.Width {
					return refuse("a verb of format is wider than %d", m.limits.Width)
				}
			}
			if i == start {
				i++
			}
		}
	}
	return nil
}

// formatArgument looks at a text that a verb makes a number of, and at numbers.
func (m *meter) formatArgument(format string, v cty.Value) error {
	if err := m.limits.topNumber(v); err != nil {
		return err
	}
	text := str(v)
	if text == "" || !numberVerb.MatchString(format) {
		return nil
	}
	if len(text) > m.limits.NumberBytes {
		return refuse("a text of more than %d bytes is used as a number", m.limits.NumberBytes)
	}
	if n, err := cty.ParseNumberVal(text); err == nil {
		return m.limits.number(n)
	}
	return nil
}

// replaced counts what replace makes. A pattern is matched once more for that.
func replaced(m *meter, args []cty.Value) error {
	text, sub, by := str(args[0]), str(args[1]), str(args[2])
	if len(sub) > 1 && strings.HasPrefix(sub, "/") && strings.HasSuffix(sub, "/") {
		if err := m.matching(sub[1:len(sub)-1], text); err != nil {
			return err
		}
		re, err := regexp.Compile(sub[1 : len(sub)-1])
		if err != nil {
			return nil //nolint:nilerr // the function says it
		}
		found := re.FindAllStringIndex(text, m.limits.Elements+1)
		matched := 0
		for _, f := range found {
			matched = max(matched, f[1]-f[0])
		}
		if err := m.elements(len(found)); err != nil {
			return err
		}
		return m.made(len(text) + len(found)*(len(by)+strings.Count(by, "$")*matched))
	}
	return m.made(len(text) + strings.Count(text, sub)*max(len(by)-len(sub), 0))
}

// pattern bounds regex and regexall: matching takes as long as text times pattern.
func pattern(m *meter, args []cty.Value) error {
	expression, text := str(args[0]), str(args[1])
	if err := m.matching(expression, text); err != nil {
		return err
	}
	re, err := regexp.Compile(expression)
	if err != nil {
		return nil //nolint:nilerr // the function says it
	}
	if len(text) < m.limits.Elements/(re.NumSubexp()+1) {
		return nil
	}
	return m.elements(len(re.FindAllStringIndex(text, m.limits.Elements+1)) * (re.NumSubexp() + 1))
}

func (m *meter) matching(expression, text string) error {
	m.tick(len(expression)/16*len(text)/16 + len(expression)/4)
	return nil
}

// globs bounds the pattern of fileset: every pair of braces multiplies the ways to match.
func globs(_ *meter, args []cty.Value) error {
	p := str(args[1])
	if len(p) > 1024 || strings.Count(p, "{") > 4 || strings.Count(p, ",") > 64 || strings.Count(p, "**") > 8 {
		return refuse("the pattern of fileset is too complicated")
	}
	return nil
}

func jsonBounds(m *meter, args []cty.Value) error {
	text := str(args[0])
	m.tick(len(text) / 16)
	if jsonDepth([]byte(text)) > m.limits.DecodeNesting {
		return refuse("it is nested deeper than %d", m.limits.DecodeNesting)
	}
	run := 0
	for i := range len(text) {
		if c := text[i]; c < '0' || c > '9' {
			run = 0
		} else if run++; run > m.limits.NumberBytes {
			return refuse("a number has more than %d digits", m.limits.NumberBytes)
		}
	}
	return m.elements(strings.Count(text, ","))
}

// yamlBounds bounds a YAML text: how deep it nests, and what its aliases amount to.
func yamlBounds(m *meter, args []cty.Value) error {
	text := str(args[0])
	m.tick(len(text) / 8)
	return m.limits.yaml(text)
}

func (l Limits) yaml(text string) error {
	if yamlShallow(text, l.DecodeNesting) && !strings.Contains(text, "*") {
		if n := strings.Count(text, "\n") + strings.Count(text, ","); n > l.DecodeNodes {
			return refuse("it has more than %d values", l.DecodeNodes)
		}
		return nil
	}
	var root yaml.Node
	if err := yaml.Unmarshal([]byte(text), &root); err != nil {
		return refuse("it is nested too deep, or has aliases that cannot be counted: %v", err)
	}
	seen := map[*yaml.Node]int{}
	if n, depth := expanded(&root, seen, l, 0); depth > l.DecodeNesting {
		return refuse("it is nested deeper than %d", l.DecodeNesting)
	} else if n > l.DecodeNodes {
		return refuse("it has more than %d values, aliases expanded", l.DecodeNodes)
	}
	return nil
}

// yamlShallow reports whether a text cannot nest deeper than a bound, by its brackets and the beginnings of its lines.
func yamlShallow(text string, bound int) bool {
	if len(text) <= bound {
		return true
	}
	brackets := strings.Count(text, "[") + strings.Count(text, "{")
	if brackets > bound {
		return false
	}
	for line := range strings.SplitSeq(text, "\n") {
		if brackets+len(line)-len(strings.TrimLeft(line, " \t-?:")) > bound {
			return false
		}
	}
	return !strings.Contains(text, "\r")
}

// expanded counts the values of a tree with its aliases written out, each subtree once.
func expanded(n *yaml.Node, seen map[*yaml.Node]int, l Limits, depth int) (count, deepest int) {
	if known, ok := seen[n]; ok {
		return known, depth
	}
	if depth > l.DecodeNesting {
		return 1, depth
	}
	seen[n] = l.DecodeNodes + 1 // a tree that holds itself
	count, deepest = 1, depth
	next := n.Content
	if n.Kind == yaml.AliasNode {
		next = []*yaml.Node{n.Alias}
	}
	for _, c := range next {
		below, d := expanded(c, seen, l, depth+1)
		deepest = max(deepest, d)
		if count += below; count > l.DecodeNodes {
			count = l.DecodeNodes + 1
		}
	}
	seen[n] = count
	return count, deepest
}

var numberVerb = regexp.MustCompile(`%[^%a-zA-Z]*[bdoxXeEfFgGt]`)

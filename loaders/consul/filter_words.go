package consul

import (
	"regexp"
	"strconv"
	"strings"
)

// space skips blanks and reports whether there were any.
func (p *filterParser) space() bool {
	from := p.at
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
	p.furthest = max(p.furthest, p.at)
	return p.at > from
}

// word takes the given words, each with blanks before it.
func (p *filterParser) word(words ...string) bool {
	from := p.at
	for _, w := range words {
		if !p.space() || !strings.HasPrefix(p.text[p.at:], w) {
			p.at = from
			return false
		}
		p.at += len(w)
	}
	return true
}

// keyword takes the given words with blanks around each.
func (p *filterParser) keyword(words ...string) bool {
	from := p.at
	if p.word(words...) && p.space() {
		return true
	}
	p.at = from
	return false
}

// selector reads a path and the text that it is written as.
func (p *filterParser) selector() ([]string, string) {
	from := p.at
	first := p.name()
	if first == "" {
		return nil, ""
	}
	path := []string{first}
	for {
		before := p.at
		if p.at < len(p.text) && p.text[p.at] == '.' {
			p.at++
			if name := p.name(); name != "" {
				path = append(path, name)
				continue
			}
		} else if p.at < len(p.text) && p.text[p.at] == '[' {
			p.at++
			p.space()
			if name, ok := p.quoted(); ok {
				p.space()
				if p.at < len(p.text) && p.text[p.at] == ']' {
					p.at++
					path = append(path, name)
					continue
				}
			}
		}
		p.at = before
		return path, p.text[from:p.at]
	}
}

// name is a letter, and letters, digits and underscores behind it.
func (p *filterParser) name() string {
	from := p.at
	for p.at < len(p.text) {
		c := p.text[p.at]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (p.at == from || c != '_' && (c < '0' || c > '9')) {
			break
		}
		p.at++
	}
	p.furthest = max(p.furthest, p.at)
	return p.text[from:p.at]
}

var number = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?`)

// value reads a bare word, a number or a quoted text.
func (p *filterParser) value() (string, bool) {
	if sel, text := p.selector(); sel != nil {
		if strings.ContainsRune(text, '[') {
			text = strings.Join(sel, ".")
		}
		return text, true
	}
	if n := number.FindString(p.text[p.at:]); n != "" {
		end := p.at + len(n)
		if end == len(p.text) || strings.IndexByte(" \t\r\n)", p.text[end]) >= 0 {
			p.at = end
			return n, true
		}
		return "", false
	}
	return p.quoted()
}

// quoted reads a text in double quotes, with escapes but without the quote itself, or one in back
// quotes.
func (p *filterParser) quoted() (string, bool) {
	if p.at >= len(p.text) || p.text[p.at] != '"' && p.text[p.at] != '`' {
		return "", false
	}
	end := strings.IndexByte(p.text[p.at+1:], p.text[p.at])
	if end < 0 {
		return "", false
	}
	whole := p.text[p.at : p.at+end+2]
	text, err := strconv.Unquote(whole)
	if err != nil {
		return "", false
	}
	p.at += len(whole)
	p.furthest = max(p.furthest, p.at)
	return text, true
}

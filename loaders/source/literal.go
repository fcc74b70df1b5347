package source

import "bytes"

// literal reads a literal block ("|", "|-" or "|+") whose entry is indented by indent. The
// indentation of the block is that of its first line with content. Of folded blocks (">" or ">-") it
// reads those in which every line break is a blank: no line is blank but behind the last, and none
// is indented further.
func (p *plain) literal(header []byte, indent int) (int32, bool) {
	n := node{kind: literal, block: -1}
	if header[0] == '>' {
		n.kind = folded
	}
	rest := header[1:]
	if len(rest) > 0 && (rest[0] == '-' || rest[0] == '+') {
		n.chomp, rest = rest[0], rest[1:]
	}
	if !onlyComment(rest) {
		return 0, false
	}
	from, blanks := p.pos, false
	for p.pos < len(p.raw) {
		end := bytes.IndexByte(p.raw[p.pos:], '\n')
		if end < 0 {
			return 0, false // without a final line break there are rules of their own
		}
		line := bytes.TrimSuffix(p.raw[p.pos:p.pos+end], []byte{'\r'})
		spaces := len(line) - len(bytes.TrimLeft(line, " "))
		switch blank := spaces == len(line); {
		case n.block < 0 && blank:
			if spaces > indent+1 {
				return 0, false // may be more than the block turns out to be indented by
			}
		case n.block < 0:
			if n.block = spaces; spaces <= indent {
				return 0, false // an empty block
			}
		}
		if n.block >= 0 && spaces < n.block && spaces < len(line) {
			break
		}
		if n.kind == folded {
			blank := spaces == len(line)
			if blank && spaces > n.block || !blank && (blanks || spaces != n.block) {
				return 0, false
			}
			blanks = blanks || blank
		}
		p.pos += end + 1
		p.number++
	}
	if n.block < 0 || n.kind == folded && n.chomp == '+' {
		return 0, false
	}
	n.text = p.raw[from:p.pos]
	p.next()
	return p.add(n), p.indent <= indent
}

// appendLiteral appends the string that a literal block stands for, escaped for JSON.
func appendLiteral(out []byte, n *node) []byte {
	blanks := 0 // line breaks that belong to the string only if something follows them
	started := false
	for line := range bytes.Lines(n.text) {
		line = bytes.TrimRight(line, "\r\n")
		line = line[min(n.block, len(line)):]
		if len(line) > 0 {
			for ; blanks > 0; blanks-- {
				out = append(out, '\\', 'n')
			}
			out = appendEscaped(out, line)
			started = true
		}
		blanks++
	}
	if n.chomp == 0 && started {
		blanks = min(blanks, 1)
	}
	if n.chomp == '-' {
		blanks = 0
	}
	for ; blanks > 0; blanks-- {
		out = append(out, '\\', 'n')
	}
	return out
}

// appendFolded appends the string that a folded block stands for, escaped for JSON.
func appendFolded(out []byte, n *node) []byte {
	first := true
	for line := range bytes.Lines(n.text) {
		line = bytes.TrimRight(line, "\r\n")
		if len(line) <= n.block {
			break // only blank lines follow
		}
		if !first {
			out = append(out, ' ')
		}
		out, first = appendEscaped(out, line[n.block:]), false
	}
	if n.chomp == 0 {
		out = append(out, '\\', 'n')
	}
	return out
}

const hexDigits = "0123456789abcdef"

// escaped are the bytes of text without control characters that JSON does not hold as they are.
var escaped = [256]bool{'"': true, '\\': true, '\n': true, '\t': true, '<': true, '>': true, '&': true}

// appendEscaped appends a string as encoding/json writes it.
func appendEscaped(out, s []byte) []byte {
	from := 0
	for i, b := range s {
		if !escaped[b] { // mostly
			continue
		}
		switch b {
		case '"', '\\':
			out = append(append(out, s[from:i]...), '\\', b)
		case '\n':
			out = append(append(out, s[from:i]...), '\\', 'n')
		case '\t':
			out = append(append(out, s[from:i]...), '\\', 't')
		case '<', '>', '&':
			out = append(append(out, s[from:i]...), '\\', 'u', '0', '0', hexDigits[b>>4], hexDigits[b&15])
		}
		from = i + 1
	}
	return append(out, s[from:]...)
}

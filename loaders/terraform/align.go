package terraform

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// align finds, for each byte of a rendered literal of a heredoc or a template file, the byte of the source that it is. It matches from the
// right: blanks, tabs and newlines of the source without a counterpart were stripped or trimmed, and a doubled $ or % before a brace is
// an escape. Nil: the literal is not what the source says.
func align(rendered, source string) []int {
	from := make([]int, len(rendered))
	j := len(source) - 1
	for i := len(rendered) - 1; i >= 0; i-- {
		for j >= 0 && source[j] != rendered[i] && (source[j] == ' ' || source[j] == '\t' || source[j] == '\n' || source[j] == '\r') {
			j--
		}
		if j < 0 || source[j] != rendered[i] {
			return nil
		}
		from[i] = j
		if i+1 < len(rendered) && rendered[i+1] == '{' && (source[j] == '$' || source[j] == '%') && j > 0 && source[j-1] == source[j] && from[i+1] == j+1 {
			j--
		}
		j--
	}
	return from
}

// alignQuoted does it for a quoted text, with its escapes; a template marker may have trimmed either end.
func alignQuoted(rendered, source string) []int {
	var text strings.Builder
	var from []int
	put := func(s string, at int) {
		for range len(s) {
			from = append(from, at)
		}
		text.WriteString(s)
	}
	for i := 0; i < len(source); {
		switch {
		case source[i] == '\\' && i+1 < len(source):
			n := map[byte]int{'u': 6, 'U': 10}[source[i+1]]
			if n == 0 {
				n = 2
			}
			if i+n > len(source) {
				return nil
			}
			e, diags := hclsyntax.ParseExpression([]byte(`"`+source[i:i+n]+`"`), "", hcl.InitialPos)
			if diags.HasErrors() {
				return nil
			}
			v, _ := e.Value(nil)
			if !isText(v) {
				return nil
			}
			put(v.AsString(), i)
			i += n
		case i+2 < len(source) && (source[i:i+3] == "$${" || source[i:i+3] == "%%{"):
			put(source[i+1:i+3], i)
			i += 3
		default:
			put(source[i:i+1], i)
			i++
		}
	}
	at := strings.Index(text.String(), rendered)
	if at < 0 || strings.TrimSpace(text.String()) != strings.TrimSpace(rendered) {
		return nil
	}
	return from[at : at+len(rendered)]
}

package terraform

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/hashicorp/hcl/v2"
)

// header is what finding roots needs of a file: which directories it calls, and whether it has a backend or a provider.
type header struct {
	sources []string // of calls, paths alone
	marked  bool
}

// words without which a file has nothing that a header is about.
var words = [][]byte{[]byte("module"), []byte("provider"), []byte("backend"), []byte("cloud")}

// header reads a file as far as it takes. Nothing is parsed.
func (d *discovery) header(name string) (h header) {
	data, err := d.read(name, d.limits.FileBytes)
	if err != nil {
		d.tell(hcl.Range{Filename: name, Start: hcl.InitialPos, End: hcl.InitialPos}, "cannot be read: %v", err)
		return h
	}
	some := false
	for _, w := range words {
		some = some || bytes.Contains(data, w)
	}
	switch {
	case !some:
	case strings.HasSuffix(name, ".json"):
		if jsonDepth(data) <= d.limits.Nesting {
			h.json(data)
		}
	default:
		h.scan(data)
	}
	return h
}

// scan looks at blocks of the outermost level and one below: module "x" { source = "./y" }, provider "x" {, terraform { backend "x" {. It goes through
// bytes: tokens of ten thousand files take a second.
func (h *header) scan(data []byte) {
	depth, block := 0, "" // the block that we are in
	fresh := true         // a statement may begin
	for i := 0; i < len(data); {
		switch c := data[i]; {
		case c == '\n':
			fresh = true
			i++
		case c == ' ' || c == '\t' || c == '\r':
			i++
		case c == '#' || c == '/' && i+1 < len(data) && (data[i+1] == '/' || data[i+1] == '*'):
			i = skipComment(data, i)
		case c == '"':
			i, fresh = skipQuoted(data, i), false
		case c == '<' && i+1 < len(data) && data[i+1] == '<':
			i = skipHeredoc(data, i)
		case c == '{' || c == '[' || c == '(':
			depth++
			fresh = c == '{'
			i++
		case c == '}' || c == ']' || c == ')':
			if depth--; depth <= 0 {
				depth, block = 0, ""
			}
			fresh = false
			i++
		case c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			word, end := wordAt(data, i)
			switch {
			case !fresh:
			case depth == 0:
				block = word
				h.marked = h.marked || word == "provider"
			case depth == 1 && block == "terraform" && (word == "backend" || word == "cloud"):
				h.marked = true
			case depth == 1 && block == "module" && word == "source":
				h.call(textAfter(data[end:]))
			}
			i, fresh = end, false
		default:
			fresh = false
			i++
		}
	}
}

func wordAt(data []byte, i int) (string, int) {
	end := i
	for end < len(data) && (data[end] == '_' || data[end] == '-' || data[end] >= '0' && data[end] <= '9' || data[end] >= 'a' && data[end] <= 'z' || data[end] >= 'A' && data[end] <= 'Z') {
		end++
	}
	return string(data[i:end]), end
}

// textAfter is the text of = "…"; "" for anything else.
func textAfter(data []byte) string {
	data, ok := bytes.CutPrefix(bytes.TrimLeft(data, " \t"), []byte("="))
	if data = bytes.TrimLeft(data, " \t"); !ok || len(data) == 0 || data[0] != '"' {
		return ""
	}
	end := bytes.IndexAny(data[1:], "\"\\$%\n")
	if end < 0 || data[1+end] != '"' {
		return ""
	}
	return string(data[1 : 1+end])
}

func skipComment(data []byte, i int) int {
	mark, length := []byte("\n"), 0
	if data[i] == '/' && data[i+1] == '*' {
		mark, length = []byte("*/"), 2
	}
	if end := bytes.Index(data[i+1:], mark); end >= 0 {
		return i + 1 + end + length
	}
	return len(data)
}

// skipQuoted goes behind a text in quotation marks, with what is between braces in it.
func skipQuoted(data []byte, i int) int {
	within := []byte{'"'} // quotation marks and braces that are open
	for i++; i < len(data) && len(within) > 0; i++ {
		c, quoted := data[i], within[len(within)-1] == '"'
		next := byte(0)
		if i+1 < len(data) {
			next = data[i+1]
		}
		switch {
		case quoted && c == '\\':
			i++
		case quoted && c == '\n': // no text of HCL goes on there
			return i
		case quoted && (c == '$' || c == '%') && next == c && i+2 < len(data) && data[i+2] == '{':
			i += 2
		case quoted && (c == '$' || c == '%') && next == '{':
			within = append(within, '{')
			i++
		case quoted && c == '"', !quoted && c == '}':
			within = within[:len(within)-1]
		case !quoted && (c == '"' || c == '{'):
			within = append(within, c)
		}
	}
	return min(i, len(data))
}

// skipHeredoc goes to the end of the line that ends a heredoc, or behind << if there is none.
func skipHeredoc(data []byte, i int) int {
	i += 2
	if i < len(data) && data[i] == '-' {
		i++
	}
	word, end := "", i
	if i < len(data) {
		word, end = wordAt(data, i)
	}
	if word == "" {
		return i
	}
	for {
		next := bytes.IndexByte(data[end:], '\n')
		if next < 0 {
			return len(data)
		}
		end += next + 1
		line := data[end:]
		if n := bytes.IndexByte(line, '\n'); n >= 0 {
			line = line[:n]
		}
		if string(bytes.TrimSpace(line)) == word {
			return end + len(line)
		}
	}
}

func (h *header) call(source string) {
	if isPath(source) {
		h.sources = append(h.sources, source)
	}
}

func (h *header) json(data []byte) {
	var v any
	if json.Unmarshal(data, &v) != nil {
		return
	}
	for _, file := range objects(v) {
		h.marked = h.marked || len(objects(file["provider"])) > 0
		for _, t := range objects(file["terraform"]) {
			h.marked = h.marked || t["backend"] != nil || t["cloud"] != nil
		}
		for _, calls := range objects(file["module"]) {
			for _, bodies := range calls {
				for _, call := range objects(bodies) {
					if text, ok := call["source"].(string); ok {
						h.call(text)
					}
				}
			}
		}
	}
}

// objects are what stands for blocks in JSON: an object, or a list of them.
func objects(v any) (list []map[string]any) {
	switch v := v.(type) {
	case map[string]any:
		list = append(list, v)
	case []any:
		for _, e := range v {
			if m, ok := e.(map[string]any); ok {
				list = append(list, m)
			}
		}
	}
	return list
}

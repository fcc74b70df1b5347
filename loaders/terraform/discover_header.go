package terraform

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// header is what finding roots needs of a file: which directories it calls, and whether it has a backend or a provider.
type header struct {
	sources []string // of calls, paths alone
	marked  bool
}

// words without which a file has nothing that a header is about.
var words = [][]byte{[]byte("module"), []byte("provider"), []byte("backend"), []byte("cloud")}

// header reads a file as far as it takes. Nothing is parsed: tokens are enough.
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
	case !denser(data, d.limits.Tokens):
		h.tokens(data, name)
	}
	return h
}

// tokens looks at blocks of the outermost level and one below: module "x" { source = "./y" }, provider "x" {, terraform { backend "x" {.
func (h *header) tokens(data []byte, name string) {
	tokens, _ := hclsyntax.LexConfig(data, name, hcl.InitialPos)
	depth, block := 0, "" // the block that we are in
	fresh := true         // a line begins
	for i, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			depth++
			fresh = false
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenTemplateSeqEnd:
			if depth--; depth <= 0 {
				depth, block = 0, ""
			}
			fresh = false
		case hclsyntax.TokenNewline, hclsyntax.TokenComment:
			fresh = true
		case hclsyntax.TokenIdent:
			word := string(t.Bytes)
			inner := depth == 1 && (fresh || tokens[i-1].Type == hclsyntax.TokenOBrace)
			switch {
			case depth == 0 && fresh:
				block = word
				h.marked = h.marked || word == "provider"
			case inner && block == "terraform" && (word == "backend" || word == "cloud"):
				h.marked = true
			case inner && block == "module" && word == "source" && i+3 < len(tokens) && tokens[i+1].Type == hclsyntax.TokenEqual && tokens[i+2].Type == hclsyntax.TokenOQuote:
				h.call(string(tokens[i+3].Bytes))
			}
			fresh = false
		default:
			fresh = false
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

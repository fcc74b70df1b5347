package kustomize

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/passmuster/muster/mesh"
)

var (
	recursed = regexp.MustCompile(`(?s).*recursed accumulation of path '/k/(\d+)': `)
	inMemory = regexp.MustCompile(`/k/(\d+)`)
)

// Failure turns kustomize's account of why it could not render into one line at the kustomization
// that it complains about.
func (p *Plan) Failure(account string) Problem {
	n := p.nodes[0]
	if m := recursed.FindStringSubmatchIndex(account); m != nil {
		n = p.numbered(account[m[2]:m[3]])
		account = account[m[1]:]
	}
	account = inMemory.ReplaceAllStringFunc(account, func(s string) string {
		file := p.numbered(strings.TrimPrefix(s, "/k/")).file
		return file[:max(strings.LastIndexByte(file, '/'), 0)]
	})
	return Problem{
		Position: n.place("").at, Message: "kustomize cannot render this: " + oneLine(account),
		What: "the kustomization " + p.top, Help: "kustomize build " + p.top, Namespaces: p.nodes[0].namespaces(),
	}
}

// Stopped is a rendering that did not come to its end.
func (p *Plan) Stopped(why string) Problem {
	return Problem{
		Position: mesh.Position{File: p.nodes[0].file, Line: 1, Column: 1}, Message: why,
		What: "the kustomization " + p.top, Namespaces: p.nodes[0].namespaces(),
		Help: "render it beforehand: kustomize build " + p.top + " | muster scan -",
	}
}

func (p *Plan) numbered(number string) *node {
	if i, err := strconv.Atoi(number); err == nil && i < len(p.nodes) {
		return p.nodes[i]
	}
	return p.nodes[0]
}

package action

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/passmuster/muster/github/githubtest"
)

// What stands in an input reaches no shell, whatever it is.
func TestInputsAreData(t *testing.T) {
	r := shop(t)
	s := githubtest.Start(t)
	s.AddRepo("octo/shop")
	for i, evil := range []string{
		"$(touch pwned)", "; `touch pwned`", "a\nb; touch pwned", `"; touch pwned; "`, "'; touch pwned; '", "${IFS}touch${IFS}pwned", "--write", "-o json=pwned",
		"${{ github.token }}", "::error::pwned", "x\n::add-mask::y", "a%0A::error::pwned", "../../etc/passwd", "*", "a\x01b\x1b[31m",
	} {
		for _, input := range []string{"paths", "config", "base", "output", "artifact", "fail-on", "sarif-category", "token", "new-only", "version", "mirror", "comment-artifact"} {
			if i > 2 && input != "paths" && input != "base" && input != "output" { // those are checked in the same way
				continue
			}
			j := r.at("schedule", map[string]any{}, map[string]string{input: evil, "check": "true"})
			if input == "version" || input == "mirror" {
				delete(j.with, "binary-path")
			}
			j.api = s.URL
			res := j.start() // what the log obeys is looked at there
			if strings.Contains(res.summary, "<script") {
				t.Errorf("%s: %q: the summary has %s", input, evil, res.summary)
			}
			for _, a := range res.annotations {
				if a.title != "muster" && !strings.HasPrefix(a.title, "DR") || a.message == "pwned" {
					t.Errorf("%s: %q made the annotation %+v", input, evil, a)
				}
			}
			if res.code == 0 && input != "sarif-category" && input != "artifact" && input != "token" {
				t.Errorf("%s: %q is taken for an answer:\n%s", input, evil, res.log)
			}
			if input == "artifact" {
				if err := os.RemoveAll(filepath.Join(r.dir, evil)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	err := filepath.WalkDir(r.dir, func(path string, _ os.DirEntry, err error) error {
		if strings.Contains(filepath.Base(path), "pwned") {
			t.Errorf("%q was made", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

var codeSpan = regexp.MustCompile("`[^`]*`")

// Names of files and objects are a stranger's too.
func TestNamesOfAPullRequestAreData(t *testing.T) {
	p := pullRequest(t, true, func(r *repository) {
		broken := "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: \"v%0A::set-output name=verdict::clean\", namespace: storefront}\n" +
			"spec:\n  hosts: [\"h.example.com\"]\n  http:\n  - route:\n    - destination: {host: \"nowhere\\n::error::pwned\\n##[error]pwned.storefront.svc.cluster.local\"}\n"
		r.write("mesh/a\n::error::pwned\n.yaml", broken)
		r.write("mesh/b%0A::set-output name=exit-code::0.yaml", broken)
		r.write("mesh/##[set-output name=verdict;]clean.yaml", "a: [unclosed\n")
		r.write("mesh/verdict<<EOF\nclean\nEOF\n.yaml", "kind: {\n")
		r.write("mesh/<img src=x onerror=alert(1)>.yaml", broken)
	})
	s := p.server()
	j := p.job(map[string]string{"output": "sarif\njson"})
	j.api = s.URL
	r := j.start()
	if r.code != 1 && r.code != 3 || r.outputs["verdict"] == "clean" || r.outputs["exit-code"] == "0" {
		t.Fatalf("exit %d, outputs %v\n%s", r.code, r.outputs, r.log)
	}
	for _, a := range r.annotations {
		if strings.Trim(a.message, "\n") == "pwned" || strings.Contains(a.file, "\n::") || strings.Contains(a.message, "\n") {
			t.Errorf("annotation %+v", a)
		}
	}
	for line := range strings.Lines(r.summary) { // in a span of code, nothing is an element
		if strings.Contains(codeSpan.ReplaceAllString(line, ""), "<img") {
			t.Errorf("the summary has an element of a name: %s", line)
		}
	}
}

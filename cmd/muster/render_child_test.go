package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/passmuster/muster/loaders/render"
)

func TestTheRendererIsHidden(t *testing.T) {
	var out, complaints bytes.Buffer
	if code := run([]string{"--help"}, strings.NewReader(""), &out, &complaints); code != 0 || !strings.Contains(out.String(), "scan") {
		t.Fatalf("exit code %d: %s%s", code, &out, &complaints)
	}
	if strings.Contains(out.String(), render.Verb) {
		t.Errorf("--help shows %s:\n%s", render.Verb, &out)
	}
	out.Reset()
	run([]string{"__complete", "ren"}, strings.NewReader(""), &out, &complaints)
	if strings.Contains(out.String(), render.Verb) {
		t.Errorf("completion offers %s", &out)
	}
	cmd, _, err := newRoot(streams{strings.NewReader(""), &out, &complaints}).Find([]string{render.Verb})
	if err != nil || cmd.Name() != render.Verb {
		t.Errorf("the verb is not there: %v", err)
	}
}

package github_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/passmuster/muster/github"
)

func TestArtifactsAreReadAsTheyWereWritten(t *testing.T) {
	a := github.Artifact{HeadSHA: head, BaseSHA: base, Base: "deploy/prod", Diff: json.RawMessage(`{"schema":"muster.diff/v1","findings":{"new":[]}}`)}
	var b bytes.Buffer
	if err := a.Write(&b); err != nil {
		t.Fatal(err)
	}
	got, err := github.ReadArtifact(&b)
	if err != nil || got.HeadSHA != a.HeadSHA || got.BaseSHA != a.BaseSHA || got.Base != a.Base || string(got.Diff) != string(a.Diff) {
		t.Errorf("%+v, %v", got, err)
	}
	if err := got.About(github.Event{HeadSHA: head}); err != nil {
		t.Error(err)
	}
	if err := got.About(github.Event{HeadSHA: base}); err == nil {
		t.Error("it is told of another commit")
	}
}

func TestArtifactsThatAreNone(t *testing.T) {
	good := fmt.Sprintf(`{"schema":"muster.pr/v1","headSha":%q,"baseSha":"","base":"","diff":{}}`, head)
	if _, err := github.ReadArtifact(strings.NewReader(good)); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ text, says string }{
		"empty":              {"", "no JSON object"},
		"a list":             {"[]", "no JSON object"},
		"cut":                {good[:60], "the artifact:"},
		"another schema":     {strings.Replace(good, "pr/v1", "pr/v2", 1), "same version of muster"},
		"no schema":          {strings.Replace(good, `"schema":"muster.pr/v1",`, "", 1), "schema"},
		"an unknown member":  {strings.Replace(good, `"base"`, `"markdown":"<b>","base"`, 1), `unknown member "markdown"`},
		"another case":       {strings.Replace(good, `"base":""`, `"Base":""`, 1), `unknown member "Base"`},
		"a number":           {strings.Replace(good, `{"schema"`, `{"number":8,"schema"`, 1), `unknown member "number"`},
		"a member twice":     {strings.Replace(good, `"base":""`, `"base":"","base":"x"`, 1), "twice"},
		"null":               {strings.Replace(good, `"base":""`, `"base":null`, 1), "null"},
		"another type":       {strings.Replace(good, `"base":""`, `"base":7`, 1), `member "base"`},
		"something after it": {good + "{}", "something follows"},
		"a short commit":     {strings.Replace(good, head, "abc", 1), "no full object name"},
		"a directory above":  {strings.Replace(good, `"base":""`, `"base":"../x"`, 1), "no directory"},
		"no diff":            {strings.Replace(good, `,"diff":{}`, "", 1), "no diff"},
		"a text as diff":     {strings.Replace(good, `"diff":{}`, `"diff":"# all is well"`, 1), "no diff"},
		"no text":            {strings.Replace(good, head, "\xff", 1), "not UTF-8"},
		"a member of colour": {strings.Replace(good, `"base"`, `"\u001b[31m\n":1,"base"`, 1), "unknown member"},
	} {
		_, err := github.ReadArtifact(strings.NewReader(tc.text))
		if err == nil || !strings.Contains(err.Error(), tc.says) || strings.ContainsAny(err.Error(), "\x1b\n") {
			t.Errorf("%s: %q, want %q", name, err, tc.says)
		}
	}
	if _, err := github.ReadArtifact(&endless{}); err == nil || !strings.Contains(err.Error(), "more than 33 MB") {
		t.Error(err)
	}
	deep := strings.Replace(good, `"diff":{}`, `"diff":`+strings.Repeat(`{"a":`, 100_000)+"1"+strings.Repeat("}", 100_000), 1)
	if _, err := github.ReadArtifact(strings.NewReader(deep)); err == nil {
		t.Error("it may be nested as deeply as one likes")
	}
}

func TestArtifactsAreNotWrittenTooLarge(t *testing.T) {
	for name, diff := range map[string]string{"large": `{"a":"` + strings.Repeat("x", 33<<20) + `"}`, "none": "", "broken": "{"} {
		var b bytes.Buffer
		if err := (github.Artifact{HeadSHA: head, Diff: json.RawMessage(diff)}).Write(&b); err == nil || b.Len() > 0 {
			t.Errorf("%s: %v, %d bytes written", name, err, b.Len())
		}
	}
}

func FuzzReadArtifact(f *testing.F) {
	f.Add(fmt.Sprintf(`{"schema":"muster.pr/v1","headSha":%q,"baseSha":%q,"base":"a","diff":{"a":[1]}}`, head, base))
	f.Fuzz(func(t *testing.T, text string) {
		a, err := github.ReadArtifact(strings.NewReader(text))
		if err != nil {
			return
		}
		var b bytes.Buffer
		if err := a.Write(&b); err != nil {
			if strings.Contains(err.Error(), "may have") {
				return // escaped, it is larger than it was
			}
			t.Fatal(err)
		}
		if again, err := github.ReadArtifact(&b); err != nil || again.HeadSHA != a.HeadSHA || again.Base != a.Base {
			t.Errorf("%+v, %v", again, err)
		}
	})
}

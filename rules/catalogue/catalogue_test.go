package catalogue

import (
	"slices"
	"strings"
	"testing"
)

func TestExamples(t *testing.T) {
	page := "Why.\n\n```yaml bad in=town\na: b # <- DR999\n```\n\n```console\nmuster scan\n```\n\n```yaml good\nc: d\n```\n"
	got, err := Examples(page)
	if err != nil {
		t.Fatal(err)
	}
	want := []Example{{false, "town", 4, "a: b # <- DR999\n"}, {true, "", 12, "c: d\n"}}
	if !slices.Equal(got, want) {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	if plain := Plain(page); strings.Contains(plain, "in=") || !strings.Contains(plain, "```yaml\nc: d") || !strings.Contains(plain, "```console\n") {
		t.Errorf("%s", plain)
	}
	for _, wrong := range []string{"```yaml bad with=town\n```\n", "```yaml bad in=town\na: b\n"} {
		if _, err := Examples(wrong); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
}

func TestNear(t *testing.T) {
	entry := func(id, slug string) *Entry {
		return &Entry{Metadata: Metadata{ID: id}, Category: "failover", Slug: slug}
	}
	list := []*Entry{entry("DR101", "objective-not-met"), entry("DR103", "failover-inert"), entry("DR303", "tls-mismatch"), entry("DR301", "exposed-failover-path")}
	for name, want := range map[string]string{
		"failover-innert": "failover-inert exposed-failover-path",
		"DR33":            "tls-mismatch failover-inert exposed-failover-path",
		"tls":             "tls-mismatch",
		"mismatch":        "tls-mismatch",
		"something":       "",
	} {
		var got []string
		for _, e := range Near(list, name) {
			got = append(got, e.Slug)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", name, got, want)
		}
	}
	if Find(list, "dr103") != list[1] || Find(list, "TLS-mismatch") != list[2] || Find(list, "failover/tls-mismatch") != list[2] || Find(list, "") != nil {
		t.Error("a rule is not found by id, slug and folder in any case")
	}
}

func TestMutationsApplyOnce(t *testing.T) {
	files := map[string]string{"a": "x y y"}
	for _, wrong := range []Edit{{"a", "y", "z"}, {"a", "w", "z"}, {"a", "", "z"}, {"b", "x", "z"}} {
		if err := (&Mutation{Edits: []Edit{wrong}}).Apply(files); err == nil {
			t.Errorf("%+v is applied", wrong)
		}
	}
	if err := (&Mutation{Edits: []Edit{{"a", "x", "z"}}}).Apply(files); err != nil || files["a"] != "z y y" {
		t.Errorf("%q, %v", files["a"], err)
	}
}

package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFindGoesUpToTheGitRootOnly(t *testing.T) {
	// Each case builds its files below a folder of its own and looks from the folder "from".
	for _, tc := range []struct {
		name  string
		files []string // those that end in / are folders
		from  string
		want  string // "" = none
	}{
		{"in the folder itself", []string{"repo/.git/", "repo/a/muster.yaml"}, "repo/a", "repo/a/muster.yaml"},
		{"above, in the same tree", []string{"repo/.git/", "repo/muster.yaml", "repo/a/b/x"}, "repo/a/b", "repo/muster.yaml"},
		{"the nearest wins", []string{"repo/.git/", "repo/muster.yaml", "repo/a/muster.yaml", "repo/a/b/x"}, "repo/a/b", "repo/a/muster.yaml"},
		{"hidden", []string{"repo/.git/", "repo/.muster.yaml", "repo/a/x"}, "repo/a", "repo/.muster.yaml"},
		{"plain before hidden", []string{"repo/.git/", "repo/.muster.yaml", "repo/muster.yaml"}, "repo", "repo/muster.yaml"},
		{"not above the git root", []string{"muster.yaml", "repo/.git/", "repo/a/x"}, "repo/a", ""},
		{"a worktree's .git is a file", []string{"muster.yaml", "repo/.git", "repo/a/x"}, "repo/a", ""},
		{"without git the folder itself", []string{"a/muster.yaml"}, "a", "a/muster.yaml"},
		{"without git nothing above", []string{"muster.yaml", "a/x"}, "a", ""},
		{"a folder of that name is no config", []string{"repo/.git/", "repo/muster.yaml", "repo/a/muster.yaml/"}, "repo/a", "repo/muster.yaml"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			root := t.TempDir()
			for _, file := range tc.files {
				path := filepath.Join(root, filepath.FromSlash(file))
				if strings.HasSuffix(file, "/") {
					must(t, os.MkdirAll(path, 0o755))
					continue
				}
				must(t, os.MkdirAll(filepath.Dir(path), 0o755))
				must(t, os.WriteFile(path, nil, 0o644))
			}
			got, ok := Find(filepath.Join(root, filepath.FromSlash(tc.from)))
			want := ""
			if tc.want != "" {
				want = filepath.Join(root, filepath.FromSlash(tc.want))
			}
			if got != want || ok != (want != "") {
				t.Errorf("got %q, %v; want %q", got, ok, want)
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestLoadTellsContentFromFileErrors(t *testing.T) {
	dir := t.TempDir()
	_, err := Load(filepath.Join(dir, "deep", "muster.yaml"), dir)
	if !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "deep/muster.yaml: cannot read the config: ") {
		t.Errorf("missing file: %v", err)
	}

	path := filepath.Join(dir, "muster.yaml")
	must(t, os.WriteFile(path, []byte(header+"ruels: {}\nrules: {X: off}\n"), 0o644))
	_, err = Load(path, dir)
	var content *Error
	if !errors.As(err, &content) || len(content.Problems) != 2 {
		t.Fatalf("bad content: %v", err)
	}
	if got := content.Problems[1].String(); got != `muster.yaml:3:9: rules: "X" is no rule id, want one such as DR103, IN001 or S01, or ACME_001 for a policy of your own` {
		t.Errorf("got %s", got)
	}

	must(t, os.WriteFile(path, []byte(header+strings.Repeat("# x\n", maxBytes/4)), 0o644))
	if _, err = Load(path, dir); err == nil || !strings.Contains(err.Error(), "larger than 1048576 bytes") {
		t.Errorf("large file: %v", err)
	}
}

func TestSyntaxErrorsHaveALine(t *testing.T) {
	for text, want := range map[string]string{
		"":                                "m.yaml:1:1: the config is empty, want at least \"apiVersion: passmuster.dev/v1\"",
		"# nothing yet\n":                 "m.yaml:1:1: the config is empty",
		"---\n":                           "m.yaml:1:1: the config is empty",
		"- a\n":                           "m.yaml:1:1: want a mapping, got a list",
		header + "---\n" + header:         "m.yaml:2:1: a second document begins here, want one",
		header + "---\na: [\n":            "m.yaml:4:1: this is not YAML: did not find expected node content",
		header + "b: 1\na: ]\nc: 1\n":     "m.yaml:3:1: this is not YAML: did not find expected node content",
		header + "b: 1\n- a\nc: 1\n":      "m.yaml:3:1: this is not YAML: did not find expected key",
		header + "b: 1\n}\nc: 1\n":        "m.yaml:3:1: this is not YAML: did not find expected key",
		header + "a: b: c\n":              "m.yaml:2:1: this is not YAML: mapping values are not allowed in this context",
		header + "a:\n  b: [1, 2\nc: 3\n": "m.yaml:3:3: this is not YAML: did not find expected ',' or ']'",
		header + "meshes:\n\t- a\n":       "m.yaml:3:2: this is not YAML: found character that cannot start any token",
		header + "policies: *nope\n":      "m.yaml:2:1: this is not YAML: unknown anchor 'nope' referenced",
		header + "policies: !x!y z\n":     "m.yaml:2:1: this is not YAML: found undefined tag handle",
		header + "a: \x01\n":              "m.yaml:2:1: this is not YAML: control characters are not allowed",
		header + "a: \xff\n":              "m.yaml:2:1: this is not YAML: invalid leading UTF-8 octet",
	} {
		_, problems := Parse("m.yaml", []byte(text))
		if len(problems) == 0 || !strings.HasPrefix(problems[len(problems)-1].String(), want) {
			t.Errorf("%q:\ngot  %v\nwant %s", text, problems, want)
		}
	}
}

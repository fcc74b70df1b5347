package fix

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func bytesOf(file, text string) map[string][]byte { return map[string][]byte{file: []byte(text)} }

// tree is a folder with repo/in/a.yaml, repo/b.yaml and out/c.yaml.
func tree(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for _, file := range []string{"repo/in/a.yaml", "repo/b.yaml", "out/c.yaml"} {
		if err := os.MkdirAll(filepath.Join(root, filepath.Dir(file)), 0o755); err != nil {
			t.Fatal(err)
		}
		writeFile(t, root, file, "old\n")
	}
	return root
}

func TestWriteKeepsModesAndLeavesNothingBehind(t *testing.T) {
	root := tree(t)
	if err := os.Chmod(filepath.Join(root, "repo/in/a.yaml"), 0o640); err != nil {
		t.Fatal(err)
	}
	files := Files{Dir: filepath.Join(root, "repo"), Roots: []string{"in"}}
	wrote, err := files.Write(bytesOf("in/a.yaml", "old\n"), bytesOf("in/a.yaml", "new\n"))
	if err != nil || len(wrote) != 1 || readFile(t, root, "repo/in/a.yaml") != "new\n" {
		t.Errorf("%v, %v", wrote, err)
	}
	info, err := os.Stat(filepath.Join(root, "repo/in/a.yaml"))
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if list, _ := os.ReadDir(filepath.Join(root, "repo/in")); len(list) != 1 {
		t.Errorf("%v is left", list)
	}
}

func TestWriteStaysInside(t *testing.T) {
	root := tree(t)
	link := func(to, at string) {
		if err := os.Symlink(to, filepath.Join(root, at)); err != nil {
			t.Fatal(err)
		}
	}
	link("../../out/c.yaml", "repo/in/out.yaml") // leads out
	link("../../out", "repo/in/dir")             // leads out
	link("../b.yaml", "repo/in/b.yaml")          // leads out of in, and not of repo
	link("a.yaml", "repo/in/other.yaml")         // stays
	link("repo/in", "linked")                    // a root that is a link
	for _, tc := range []struct {
		roots, file string
		real        string // the file that changes; "" = none
	}{
		{"in", "in/a.yaml", "repo/in/a.yaml"},
		{"in/a.yaml", "in/a.yaml", "repo/in/a.yaml"},
		{"in/a.yaml", "b.yaml", ""},
		{"in", "b.yaml", ""},
		{".", "b.yaml", "repo/b.yaml"},
		{"in", "../out/c.yaml", ""},
		{"in", "in/../../out/c.yaml", ""},
		{"in", "in/out.yaml", ""},
		{"in", "in/dir/c.yaml", ""},
		{"in", "in/b.yaml", ""},
		{".", "in/b.yaml", "repo/b.yaml"},
		{"in", "in/other.yaml", "repo/in/a.yaml"},
		{"../linked", "../linked/a.yaml", "repo/in/a.yaml"},
		{"nowhere", "in/a.yaml", ""},
	} {
		for _, file := range []string{"repo/in/a.yaml", "repo/b.yaml", "out/c.yaml"} {
			writeFile(t, root, file, "old\n")
		}
		files := Files{Dir: filepath.Join(root, "repo"), Roots: []string{tc.roots}}
		_, err := files.Write(bytesOf(tc.file, "old\n"), bytesOf(tc.file, "new\n"))
		if (err == nil) != (tc.real != "") {
			t.Errorf("%s in %s: %v", tc.file, tc.roots, err)
		}
		if _, readErr := files.Read(tc.file); (readErr == nil) != (err == nil) {
			t.Errorf("%s in %s is read: %v", tc.file, tc.roots, readErr)
		}
		for _, file := range []string{"repo/in/a.yaml", "repo/b.yaml", "out/c.yaml"} {
			want := "old\n"
			if file == tc.real {
				want = "new\n"
			}
			if got := readFile(t, root, file); got != want {
				t.Errorf("%s in %s: %s is %q", tc.file, tc.roots, file, got)
			}
		}
	}
	if info, err := os.Lstat(filepath.Join(root, "repo/in/other.yaml")); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("a link is replaced by a file: %v, %v", info, err)
	}
}

func TestNothingIsWrittenIfAFileChangedMeanwhile(t *testing.T) {
	root := tree(t)
	files := Files{Dir: filepath.Join(root, "repo"), Roots: []string{"."}}
	old := map[string][]byte{"b.yaml": []byte("old\n"), "in/a.yaml": []byte("older\n")}
	now := map[string][]byte{"b.yaml": []byte("new\n"), "in/a.yaml": []byte("new\n")}
	wrote, err := files.Write(old, now)
	if err == nil || len(wrote) > 0 || !strings.Contains(err.Error(), "in/a.yaml: somebody changed it") || readFile(t, root, "repo/b.yaml") != "old\n" {
		t.Errorf("%v, %v", wrote, err)
	}
	if _, err := files.Write(bytesOf("../out/c.yaml", "old\n"), bytesOf("../out/c.yaml", "new\n")); !errors.Is(err, ErrOutside) {
		t.Errorf("%v", err)
	}
	if err := os.Chmod(filepath.Join(root, "repo/b.yaml"), 0o444); err != nil {
		t.Fatal(err)
	}
	if _, err := files.Write(bytesOf("b.yaml", "old\n"), bytesOf("b.yaml", "new\n")); err == nil || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("%v", err)
	}
}

func TestDiff(t *testing.T) {
	numbers := func(from, to int) string {
		var b strings.Builder
		for i := from; i <= to; i++ {
			b.WriteString(strings.Repeat("x", i) + "\n")
		}
		return b.String()
	}
	for _, tc := range []struct{ name, old, now, want string }{
		{"nothing", "a\n", "a\n", ""},
		{"one line", "a\nb\nc\n", "a\nB\nc\n", "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"},
		{"added at the end", "a\n", "a\nb\n", "@@ -1 +1,2 @@\n a\n+b\n"},
		{"to an empty file", "", "a\n", "@@ -0,0 +1 @@\n+a\n"},
		{"no line break at the end", "a", "a\nb", "@@ -1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n\\ No newline at end of file\n"},
		{"CRLF", "a\r\nb\r\n", "a\r\nc\r\n", "@@ -1,2 +1,2 @@\n a\r\n-b\r\n+c\r\n"},
		{"two hunks", "one\n" + numbers(1, 8) + "two\n", "ONE\n" + numbers(1, 8) + "TWO\n",
			"@@ -1,4 +1,4 @@\n-one\n+ONE\n x\n xx\n xxx\n@@ -7,4 +7,4 @@\n xxxxxx\n xxxxxxx\n xxxxxxxx\n-two\n+TWO\n"},
		{"hunks that touch", "one\n" + numbers(1, 6) + "two\n", "ONE\n" + numbers(1, 6) + "TWO\n",
			"@@ -1,8 +1,8 @@\n-one\n+ONE\n x\n xx\n xxx\n xxxx\n xxxxx\n xxxxxx\n-two\n+TWO\n"},
		{"in between", "a\nb\nc\nd\ne\nf\n", "a\nc\nd\nx\ne\nf\n", "@@ -1,6 +1,6 @@\n a\n-b\n c\n d\n+x\n e\n f\n"},
	} {
		want := tc.want
		if want != "" {
			want = "--- a/f.yaml\n+++ b/f.yaml\n" + want
		}
		if got := Diff("f.yaml", []byte(tc.old), []byte(tc.now), nil); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", tc.name, got, want)
		}
	}
}

func TestTypos(t *testing.T) {
	for _, tc := range []struct {
		written, meant string
		want           bool
	}{
		{"outlierDetecton", "outlierDetection", true},
		{"outlierdetection", "outlierDetection", true},
		{"outlierDetections", "outlierDetection", true},
		{"uotlierDetectoin", "outlierDetection", true},
		{"stabel", "stable", true},
		{"eu-west-2", "eu-west-1", false},
		{"v3", "v2", false},
		{"to", "tls", false},
		{"best", "test", false},
		{"beta", "stable", false},
		{"prod-eu", "prod-us", false},
	} {
		if got := isTypo(tc.written, tc.meant); got != tc.want {
			t.Errorf("%s for %s: %v", tc.written, tc.meant, got)
		}
	}
}

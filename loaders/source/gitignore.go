package source

import (
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// ignoreFile is one .gitignore: its rules hold for what is below its directory.
type ignoreFile struct {
	dir   string // of the file, relative to the top of the repository; "" is the top
	rules []ignoreRule
}

type ignoreRule struct {
	pattern  glob
	negate   bool // "!": what earlier rules ignored is wanted after all
	dirsOnly bool // a trailing slash
}

// ignores is what git would ignore, as far as discovery goes: the .gitignore files from the top
// of the repository down to a directory, outermost first.
type ignores []ignoreFile

// match reports whether git ignores a path, given relative to the top of the repository. The
// innermost file that says anything about it decides, and in it the last rule.
func (ig ignores) match(name string, isDir bool) bool {
	for _, f := range slices.Backward(ig) {
		below := strings.Split(strings.TrimPrefix(strings.TrimPrefix(name, f.dir), "/"), "/")
		for _, r := range slices.Backward(f.rules) {
			if (isDir || !r.dirsOnly) && r.pattern.match(below) {
				return !r.negate
			}
		}
	}
	return false
}

// mostRules is how many rules of .gitignore files hold in one directory. What is beyond ignores
// nothing: too much is read, and never too little.
const mostRules = 2000

// with adds the .gitignore of a directory, if it has one.
func (ig ignores) with(dir, relative string) ignores {
	rules := parseIgnore(readSmall(filepath.Join(dir, ".gitignore")))
	room := mostRules
	for _, f := range ig {
		room -= len(f.rules)
	}
	rules = rules[:min(len(rules), max(room, 0))]
	if len(rules) == 0 {
		return ig
	}
	return append(slices.Clip(ig), ignoreFile{dir: relative, rules: rules})
}

// parseIgnore reads the rules of a .gitignore (see gitignore(5)). A rule that is no valid glob
// ignores nothing, as in git.
func parseIgnore(content string) []ignoreRule {
	var rules []ignoreRule
	for line := range strings.Lines(content) {
		line = strings.TrimRight(line, "\r\n")
		for strings.HasSuffix(line, " ") && !strings.HasSuffix(line, `\ `) {
			line = line[:len(line)-1]
		}
		if line == "" || line[0] == '#' {
			continue
		}
		var r ignoreRule
		line, r.negate = strings.CutPrefix(line, "!")
		line, r.dirsOnly = strings.CutSuffix(line, "/")
		if strings.Trim(line, "/") == "" {
			continue
		}
		// A slash at the start or in the middle ties the pattern to the directory of the file.
		if !strings.Contains(line, "/") {
			line = "**/" + line
		}
		g, err := parseGlob(strings.ReplaceAll(line, "[!", "[^"))
		if err != nil {
			continue
		}
		r.pattern = g
		rules = append(rules, r)
	}
	return rules
}

// repositoryOf finds the top of the git repository that dir is in, the path of dir in it, and the
// .gitignore files between the two, that of dir itself excluded. Outside a repository the top is
// dir.
func repositoryOf(dir string) (relative string, ig ignores) {
	top := dir
	for {
		if _, err := os.Lstat(filepath.Join(top, ".git")); err == nil {
			break
		}
		parent := filepath.Dir(top)
		if parent == top {
			return "", nil
		}
		top = parent
	}
	if top == dir {
		return "", nil
	}
	relative, err := filepath.Rel(top, dir)
	if err != nil {
		return "", nil
	}
	relative = filepath.ToSlash(relative)
	ig = ig.with(top, "")
	for at, rest := "", relative; ; {
		elem, tail, more := strings.Cut(rest, "/")
		if !more {
			return relative, ig
		}
		at, rest = path.Join(at, elem), tail
		ig = ig.with(filepath.Join(top, filepath.FromSlash(at)), at)
	}
}

// readSmall reads a regular file of at most 1 MiB; anything else is as good as empty.
func readSmall(name string) string {
	found, err := os.Lstat(name)
	if err != nil || !found.Mode().IsRegular() {
		return ""
	}
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // O_NONBLOCK as in File.read
	if err != nil {
		return ""
	}
	defer f.Close()
	if opened, err := f.Stat(); err != nil || !os.SameFile(found, opened) {
		return ""
	}
	content, _ := io.ReadAll(io.LimitReader(f, 1<<20))
	return string(content)
}

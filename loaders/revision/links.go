package revision

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
)

// mostLink is the longest target that systems take, in bytes.
const mostLink = 4095

// links reads the targets of symlinks by their paths. What is no target is "".
func (r *repository) links(ctx context.Context, l *listing) (map[string]string, error) {
	var all []entry
	for _, e := range l.entries {
		if e.kind == symlink {
			all = append(all, e)
		}
	}
	size, err := r.sizes(ctx, all)
	if err != nil {
		return nil, err
	}
	targets := map[string]string{}
	var short []entry
	var ids []ID
	for _, e := range all {
		targets[e.path] = ""
		if size[e.id] <= mostLink {
			short, ids = append(short, e), append(ids, e.id)
		}
	}
	err = r.batch(ctx, "--batch", ids, func(i int, b blob, content io.Reader) error {
		target := make([]byte, b.size)
		if _, err := io.ReadFull(content, target); err != nil {
			return err
		}
		if !slices.Contains(target, 0) {
			targets[short[i].path] = string(target)
		}
		return nil
	})
	return targets, err
}

// leads follows symlinks as the system would and returns where a path leads, or "" for nowhere in the tree.
func leads(targets map[string]string, from string) string {
	at, rest := "", strings.Split(from, "/")
	for hops := 0; len(rest) > 0; {
		name := rest[0]
		rest = rest[1:]
		switch name {
		case "", ".":
			continue
		case "..":
			if at == "" {
				return ""
			}
			if at = path.Dir(at); at == "." {
				at = ""
			}
			continue
		}
		next := path.Join(at, name)
		target, isLink := targets[next]
		if !isLink {
			at = next
			continue
		}
		if hops++; hops > 40 || target == "" || target[0] == '/' || len(rest) > mostPath {
			return ""
		}
		rest = append(strings.Split(target, "/"), rest...)
	}
	return at
}

// writeLinks writes symlinks after everything else, so that nothing is written through one. One that leads out of the tree is
// written as one that leads nowhere: whoever follows it is told that it cannot be resolved, and never reads the machine's
// own files as those of the revision.
func (t *Tree) writeLinks(ctx context.Context, root *os.Root, l *listing, targets map[string]string) error {
	var written []string
	for _, e := range l.entries {
		if e.kind != symlink {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if targets[e.path] == "" || path.IsAbs(targets[e.path]) {
			t.Outside = append(t.Outside, e.path)
			continue
		}
		if err := root.Symlink(targets[e.path], e.path); err != nil {
			return cannotWrite(e.path, err)
		}
		written = append(written, e.path)
	}
	var out []string
	for _, name := range written {
		_, err := root.Stat(name)
		if err == nil || errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ENAMETOOLONG) {
			continue
		}
		out = append(out, name)
	}
	for _, name := range out {
		if err := root.Remove(name); err != nil {
			return cannotWrite(name, err)
		}
	}
	t.Outside = append(t.Outside, out...)
	slices.Sort(t.Outside)
	for _, name := range t.Outside {
		nowhere := strings.Repeat("../", strings.Count(name, "/")) + ".git/leads-out-of-the-repository"
		if err := root.Symlink(nowhere, name); err != nil {
			return cannotWrite(name, err)
		}
	}
	return nil
}

package revision

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
)

// kind is what an entry of a tree is. That a file may be executed does not matter here.
type kind uint8

const (
	file kind = iota + 1
	folder
	symlink
	submodule
)

// entry is one entry of a tree, all levels.
type entry struct {
	path string
	id   ID
	kind kind
}

// listing is a tree without its contents.
type listing struct {
	entries    []entry // a folder stands before what is in it
	blobs      map[string]entry
	submodules []string
}

// list lists the tree of a commit. Folders are listed too: a small tree may hold a billion that have no files.
func (r *repository) list(ctx context.Context, commit ID, o Options) (*listing, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	cmd := r.command(ctx, "ls-tree", "-r", "-t", "-z", "--full-tree", string(commit))
	said := &limited{most: 16 << 10}
	cmd.Stderr = said
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, explain(ctx, err, said)
	}
	l, readErr := readListing(out, len(commit), o)
	ended := ctx.Err()
	if readErr != nil {
		stop()
	}
	err = cmd.Wait()
	switch {
	case ended != nil:
		return nil, ended
	case err != nil && (readErr == nil || errors.Is(readErr, io.ErrUnexpectedEOF)):
		err = explain(ctx, err, said)
		if _, ok := errors.AsType[*answer](err); ok {
			err = fail(ErrIncomplete, "git cannot list its files (%v); %s", err, fetchBlobs)
		}
		return nil, err
	case readErr != nil:
		return nil, readErr
	}
	return l, nil
}

// readListing reads what ls-tree -r -t -z prints, for ids of so many digits.
func readListing(from io.Reader, digits int, o Options) (*listing, error) {
	l := &listing{blobs: map[string]entry{}}
	in := bufio.NewReaderSize(from, 64<<10)
	names := 0
	for {
		record, err := in.ReadSlice(0)
		switch {
		case errors.Is(err, io.EOF) && len(record) == 0:
			slices.Sort(l.submodules)
			return l, nil
		case errors.Is(err, bufio.ErrBufferFull):
			return nil, fail(ErrUnsafe, "a path begins with %s and does not end within %d bytes; no system has such files", shown(string(record[:min(len(record), 200)])), in.Size())
		case errors.Is(err, io.EOF):
			return nil, io.ErrUnexpectedEOF
		case err != nil:
			return nil, err
		}
		e, err := parseEntry(record[:len(record)-1], digits)
		if err != nil {
			return nil, err
		}
		if err := l.add(e, o); err != nil {
			return nil, err
		}
		if names += len(e.path); names > mostNameBytes {
			return nil, fail(ErrTooLarge, "the paths of its files are longer than %d MiB together; muster cannot read it", mostNameBytes>>20)
		}
	}
}

// add adds an entry that may be written.
func (l *listing) add(e entry, o Options) error {
	if problem := unsafe(e.path); problem != "" {
		return fail(ErrUnsafe, "its tree has %s, %s; git would not check it out either, so take it out of the revision", shown(e.path), problem)
	}
	if len(l.entries) >= o.Entries {
		return fail(ErrTooLarge, "it has more than %d files and folders; muster cannot read it", o.Entries)
	}
	if _, ok := l.blobs[e.path]; ok {
		return fail(ErrUnsafe, "its tree has %s twice; git would not check it out either, so take it out of the revision", shown(e.path))
	}
	l.blobs[e.path] = e
	l.entries = append(l.entries, e)
	if e.kind == submodule {
		l.submodules = append(l.submodules, e.path)
	}
	return nil
}

var errListing = errors.New("git ls-tree prints what muster cannot read; report it, with the version of git")

// parseEntry parses "MODE TYPE ID\tPATH".
func parseEntry(record []byte, digits int) (entry, error) {
	head, path, ok := bytes.Cut(record, []byte{'\t'})
	if !ok || len(path) == 0 && len(head) == 0 {
		return entry{}, errListing
	}
	fields := strings.Split(string(head), " ")
	if len(fields) != 3 || len(fields[2]) != digits || !isID(fields[2]) {
		return entry{}, errListing
	}
	e := entry{path: string(path), id: ID(fields[2])}
	switch mode := fields[0]; {
	case fields[1] == "tree" && mode == "040000":
		e.kind = folder
	case fields[1] == "commit" && mode == "160000":
		e.kind = submodule
	case fields[1] == "blob" && mode == "120000":
		e.kind = symlink
	case fields[1] == "blob" && len(mode) == 6:
		e.kind = file
	default:
		return entry{}, errListing
	}
	return e, nil
}

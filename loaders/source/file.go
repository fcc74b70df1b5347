package source

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/passmuster/muster/mesh"
)

// File is one file that discovery found.
type File struct {
	Path    string // as in positions: slash-separated, relative to Options.Root; "-" is standard input
	Cluster string
	Root    string // the input path it was found under

	dir      string // absolute path of the directory it may not leave, symlinks resolved
	name     string // path below dir, symlinks resolved
	stdin    io.Reader
	explicit bool   // named by the user
	template bool   // a template of a Helm chart
	instead  []byte // read in place of the file's own content; nil = there is none
}

// Read returns the content of the file, or why there is none. What is no regular file is never
// opened, and no path leads out of the directory that was given as input.
func (f File) Read(ctx context.Context, limits Limits) ([]byte, *Diagnostic) {
	limits = limits.orDefault()
	data, err := f.read(ctx, limits)
	var d Diagnostic
	switch {
	case errors.Is(err, errTooLarge), err == nil && len(data) > limits.FileBytes:
		d = tooLarge(f.Path, limits)
	case err != nil:
		d = cannotRead(f.Path, err)
	default:
		return data, nil
	}
	return nil, &d
}

// read returns at most one byte more than a file may have.
func (f File) read(ctx context.Context, limits Limits) ([]byte, error) {
	if f.instead != nil {
		return f.instead, nil
	}
	most := int64(limits.FileBytes) + 1
	if f.stdin != nil {
		return readAll(ctx, io.LimitReader(f.stdin, most))
	}
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	// O_NONBLOCK: should the file have become a FIFO since it was found, opening it must not wait.
	file, err := root.OpenFile(f.name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	stat, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !stat.Mode().IsRegular() {
		return nil, errNotRegular
	}
	if stat.Size() >= most {
		return nil, errTooLarge
	}
	data := make([]byte, 0, min(stat.Size(), most)+1)
	for int64(len(data)) < most {
		n, err := file.Read(data[len(data):min(cap(data), int(most))])
		data = data[:len(data)+n]
		if err == io.EOF {
			return data, nil
		}
		if err != nil {
			return nil, err
		}
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
	}
	return data, nil
}

// readAll reads until the end or until ctx is done: standard input may be a terminal at which
// nobody sits.
func readAll(ctx context.Context, r io.Reader) ([]byte, error) {
	type result struct {
		data []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		data, err := io.ReadAll(r)
		done <- result{data, err}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-done:
		return r.data, r.err
	}
}

// errTooLarge is told of a file whose size says so, without reading it.
var errTooLarge = errors.New("too large")

var errNotRegular = errors.New("not a regular file; pipe its content to the input -")

func cannotRead(file string, err error) Diagnostic {
	// The path is in front of the message already.
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		err = pathError.Err
	}
	return Diagnostic{mesh.Position{File: file}, "cannot be read: " + err.Error()}
}

package revision

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// pointer is how a file begins whose content Git LFS keeps; pointers are smaller than 1,024 bytes.
const (
	pointer     = "version https://git-lfs.github.com/spec/v1\n"
	mostPointer = 1024
)

// smallFile is the size up to which contents are kept for other goroutines to write.
const smallFile = 1 << 20

// write makes the temporary directory and everything in it.
func (t *Tree) write(ctx context.Context, r *repository, l *listing, o Options) error {
	targets, err := r.links(ctx, l)
	if err != nil {
		return err
	}
	files := wanted(l, targets, o)
	sizes, err := r.sizes(ctx, files)
	if err != nil {
		return err
	}
	var total int64
	for _, e := range files {
		if size := sizes[e.id]; size <= o.FileBytes {
			if total += size; total > o.Bytes {
				return fail(ErrTooLarge, "its files are larger than %d bytes together; muster cannot read it", o.Bytes)
			}
		}
	}
	temp, err := filepath.Abs(cmp.Or(o.Temp, os.TempDir()))
	if err != nil {
		return err
	}
	top, err := os.MkdirTemp(temp, "muster-revision-")
	if err != nil {
		return fmt.Errorf("no temporary directory can be made, set TMPDIR to a folder with room: %w", err)
	}
	t.Top = top // From here on Close removes it.
	if t.Top, err = filepath.EvalSymlinks(top); err != nil {
		t.Top = top
		return err
	}
	t.Dir = filepath.Join(t.Top, r.below)
	root, err := os.OpenRoot(t.Top)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := makeFolders(ctx, root, l); err != nil {
		return err
	}
	if err := t.writeFiles(ctx, root, r, files, sizes, o); err != nil {
		return err
	}
	if err := t.writeLinks(ctx, root, l, targets); err != nil {
		return err
	}
	stat, err := root.Stat(r.below)
	t.Missing = err != nil || !stat.IsDir()
	return ctx.Err()
}

// wanted are the files that are asked for, and those to which symlinks lead that are asked for.
func wanted(l *listing, targets map[string]string, o Options) []entry {
	led := map[string]bool{}
	if o.Want != nil {
		for link := range targets {
			if o.Want(link) {
				led[leads(targets, link)] = true
			}
		}
	}
	var files []entry
	for _, e := range l.entries {
		if e.kind == file && (o.Want == nil || led[e.path] || o.Want(e.path)) {
			files = append(files, e)
		}
	}
	return files
}

// makeFolders makes all folders. The .git is an empty file: it ends every search upward for the root of the working tree, and
// git takes it for no repository.
func makeFolders(ctx context.Context, root *os.Root, l *listing) error {
	if err := root.WriteFile(".git", nil, 0o600); err != nil {
		return err
	}
	for _, e := range l.entries {
		if e.kind != folder && e.kind != submodule {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := root.Mkdir(e.path, 0o700); err != nil {
			return cannotWrite(e.path, err)
		}
	}
	return nil
}

// job is a small file to be written.
type job struct {
	path    string
	content []byte
}

// writeFiles reads contents from one run of git and writes them from several goroutines.
func (t *Tree) writeFiles(ctx context.Context, root *os.Root, r *repository, files []entry, sizes map[ID]int64, o Options) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	small, ids := make([]entry, 0, len(files)), make([]ID, 0, len(files))
	direct := folderWriter{root: root}
	defer direct.close()
	for _, e := range files {
		if sizes[e.id] <= o.FileBytes {
			small, ids = append(small, e), append(ids, e.id)
		} else if err := direct.hole(e.path, sizes[e.id]); err != nil {
			return err
		}
	}
	jobs := make(chan []job, 2*runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			w := folderWriter{root: root}
			defer w.close()
			for some := range jobs {
				for _, j := range some {
					if ctx.Err() != nil {
						break
					}
					if err := w.write(j.path, bytes.NewReader(j.content)); err != nil {
						stop(err)
					}
				}
			}
		})
	}
	var some []job
	held := 0
	err := r.batch(ctx, "--batch", ids, func(i int, b blob, content io.Reader) error {
		if b.missing || b.size != sizes[ids[i]] {
			return fail(ErrIncomplete, "the content of %s is gone; %s", shown(small[i].path), fetchBlobs)
		}
		if b.size > smallFile {
			return direct.write(small[i].path, content)
		}
		j := job{small[i].path, make([]byte, b.size)}
		if _, err := io.ReadFull(content, j.content); err != nil {
			return err
		}
		if b.size < mostPointer && bytes.HasPrefix(j.content, []byte(pointer)) {
			t.Pointers = append(t.Pointers, j.path)
		}
		some = append(some, j)
		if held += len(j.content); held >= smallFile || len(some) >= 64 {
			jobs <- some
			some, held = nil, 0
		}
		return nil
	})
	if err == nil {
		jobs <- some
	}
	close(jobs)
	wg.Wait()
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	slices.Sort(t.Pointers)
	return err
}

// folderWriter writes files of one tree. It keeps the folder of the last one open, as the next is mostly in it too.
type folderWriter struct {
	root *os.Root
	name string
	last *os.Root
}

func (w *folderWriter) create(name string) (*os.File, error) {
	dir, base := path.Split(name)
	if w.last == nil || dir != w.name {
		w.close()
		next, err := w.root.OpenRoot("./" + dir)
		if err != nil {
			return nil, err
		}
		w.last, w.name = next, dir
	}
	return w.last.OpenFile(base, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

func (w *folderWriter) write(name string, content io.Reader) error {
	f, err := w.create(name)
	if err != nil {
		return cannotWrite(name, err)
	}
	_, err = io.Copy(f, content)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return cannotWrite(name, err)
}

// hole writes a file of a size without content.
func (w *folderWriter) hole(name string, size int64) error {
	f, err := w.create(name)
	if err != nil {
		return cannotWrite(name, err)
	}
	err = f.Truncate(min(size, 1<<40))
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return cannotWrite(name, err)
}

func (w *folderWriter) close() {
	if w.last != nil {
		w.last.Close()
	}
	w.last = nil
}

func cannotWrite(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s cannot be written to the temporary directory: %w", shown(strings.TrimSuffix(name, "/")), pathError(err))
}

package revision

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// blob is what cat-file says of an object before its content.
type blob struct {
	size    int64
	missing bool
}

var errBatch = errors.New("git cat-file prints what muster cannot read; report it, with the version of git")

// parseBlob parses "ID blob SIZE" or "ID missing", the answer to a question for that id.
func parseBlob(line string, id ID) (blob, error) {
	rest, ok := strings.CutPrefix(line, string(id)+" ")
	if !ok {
		return blob{}, errBatch
	}
	if rest == "missing" {
		return blob{missing: true}, nil
	}
	kind, digits, ok := strings.Cut(rest, " ")
	if !ok {
		return blob{}, errBatch
	}
	size, err := strconv.ParseUint(digits, 10, 63)
	if err != nil || digits[0] == '+' {
		return blob{}, errBatch
	}
	if kind != "blob" {
		return blob{}, fail(ErrUnsafe, "its tree calls the %s %s a file; the repository is damaged", shown(kind), id)
	}
	return blob{size: int64(size)}, nil
}

// batch asks for objects one after the other and calls each with the answers in the same order. Where verb is --batch the
// content follows, of which each reads all or nothing.
func (r *repository) batch(ctx context.Context, verb string, ids []ID, each func(i int, b blob, content io.Reader) error) error {
	if len(ids) == 0 {
		return nil
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	cmd := r.command(ctx, "cat-file", verb, "--buffer")
	said := &limited{most: 16 << 10}
	cmd.Stdin, cmd.Stderr = &question{ids: ids}, said
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return explain(ctx, err, said)
	}
	readErr := readBatch(bufio.NewReaderSize(out, 256<<10), verb == "--batch", ids, each)
	ended := ctx.Err()
	if readErr != nil {
		stop()
	}
	err = cmd.Wait()
	switch {
	case ended != nil:
		return ended
	case errors.Is(readErr, io.ErrUnexpectedEOF) || readErr == nil && err != nil:
		return fail(ErrIncomplete, "git cannot read its files (%s); %s", said.lines(), fetchBlobs)
	}
	return readErr
}

// readBatch reads the answers to all questions. io.ErrUnexpectedEOF says that they end early.
func readBatch(in *bufio.Reader, withContent bool, ids []ID, each func(i int, b blob, content io.Reader) error) error {
	for i, id := range ids {
		line, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			return errBatch
		}
		if err != nil {
			return early(err)
		}
		b, err := parseBlob(string(line[:len(line)-1]), id)
		if err != nil {
			return err
		}
		content := &io.LimitedReader{R: in, N: b.size}
		if !withContent {
			content.N = 0
		}
		if err := each(i, b, content); err != nil {
			return early(err)
		}
		if !withContent || b.missing {
			continue
		}
		if _, err := io.Copy(io.Discard, content); err != nil {
			return err
		}
		if content.N > 0 {
			return io.ErrUnexpectedEOF
		}
		if end, err := in.ReadByte(); err != nil {
			return early(err)
		} else if end != '\n' {
			return errBatch
		}
	}
	if _, err := in.ReadByte(); err != io.EOF {
		return errBatch
	}
	return nil
}

func early(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// question is one line for each id.
type question struct {
	ids  []ID
	line []byte
}

func (q *question) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if len(q.line) == 0 {
			if len(q.ids) == 0 {
				break
			}
			q.line, q.ids = append(slices.Grow(q.line, 65), q.ids[0]+"\n"...), q.ids[1:]
		}
		took := copy(p[n:], q.line)
		q.line, n = q.line[took:], n+took
	}
	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

// sizes asks for the sizes of files. All must be there.
func (r *repository) sizes(ctx context.Context, entries []entry) (map[ID]int64, error) {
	known := map[ID]int64{}
	var ids []ID
	var first []string
	for _, e := range entries {
		if _, ok := known[e.id]; !ok {
			known[e.id] = 0
			ids, first = append(ids, e.id), append(first, e.path)
		}
	}
	missing, answered, example := 0, 0, ""
	err := r.batch(ctx, "--batch-check", ids, func(i int, b blob, _ io.Reader) error {
		answered++
		if known[ids[i]] = b.size; b.missing {
			if missing++; missing == 1 {
				example = first[i]
			}
		}
		return nil
	})
	if errors.Is(err, ErrIncomplete) && answered < len(ids) && missing == 0 {
		// Some versions of git end at the first one that a partial clone lacks.
		return nil, fail(ErrIncomplete, "the content of %s is not in this clone; %s", shown(first[answered]), fetchBlobs)
	}
	if err == nil && missing > 0 {
		more := ""
		if missing > 1 {
			more = fmt.Sprintf(" and %d more", missing-1)
		}
		err = fail(ErrIncomplete, "the content of %s%s is not in this clone; %s", shown(example), more, fetchBlobs)
	}
	return known, err
}

package imports

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"runtime"
	"sync"

	"github.com/passmuster/muster/drill/observe"
)

// verdict is what a parser makes of a line.
type verdict int

const (
	taken    verdict = iota // the request was filled
	nothing                 // a line of the format that holds no request
	other                   // none of the format's
	unusable                // a line of the format that cannot be read
)

// lineParser makes requests of lines. Each goroutine has its own.
type lineParser interface {
	// line fills r. why is told in a note where it is not empty.
	line(b []byte, r *observe.Request) (v verdict, why string)
}

const (
	blockSize  = 256 << 10
	maxWorkers = 8
	tooLong    = "the line is longer than 65536 bytes"
)

// block is a part of a file that ends with a line, and what was found in it.
type block struct {
	data     []byte
	buf      []byte
	cut      int // lines that were longer than a block and end before data
	requests []observe.Request
	remarks  []remark
	lines    int // all, empty ones too
	filled   int64
	others   int64
	done     chan struct{}
}

// remark is a note before its line is known in the file. It stands before requests[before].
type remark struct {
	line, before int
	why          string
	bad          bool
}

// readLines reads a file line by line: one goroutine cuts it into blocks, several parse them, and the caller's takes what they
// found in the order of the file. Memory is that of a few blocks, however long the file is.
func readLines(ctx context.Context, r io.Reader, workers int, parser func() lineParser, l *ledger) error {
	if workers <= 0 {
		workers = min(runtime.GOMAXPROCS(0), maxWorkers)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	free := make(chan *block, workers+2)
	for range cap(free) {
		free <- &block{buf: make([]byte, blockSize)}
	}
	todo, ordered := make(chan *block, cap(free)), make(chan *block, cap(free))
	cutter := cutter{r: r, hash: sha256.New()}
	var failed error
	var group sync.WaitGroup
	group.Go(func() {
		defer close(todo)
		defer close(ordered)
		failed = cutter.cut(ctx, free, func(b *block) {
			b.done = make(chan struct{})
			ordered <- b
			todo <- b
		})
	})
	for range workers {
		p := parser()
		group.Go(func() {
			for b := range todo {
				b.parse(p)
				close(b.done)
			}
		})
	}
	err := deliver(ordered, free, l)
	if err != nil {
		cancel()
		for b := range ordered { // so that the cutter is never stuck
			<-b.done
			free <- b
		}
	}
	group.Wait()
	l.sum.SHA256, l.sum.Bytes = hex.EncodeToString(cutter.hash.Sum(nil)), cutter.bytes
	if err == nil {
		err = failed
	}
	return err
}

// deliver passes on what blocks hold, in their order.
func deliver(ordered <-chan *block, free chan<- *block, l *ledger) error {
	line := 0
	for b := range ordered {
		<-b.done
		for range b.cut {
			line++
			l.sum.Lines++
			if err := l.unreadable(line, tooLong); err != nil {
				return err
			}
		}
		at := 0
		for _, m := range b.remarks {
			for ; at < m.before; at++ {
				if err := l.request(&b.requests[at]); err != nil {
					return err
				}
			}
			var err error
			if m.bad {
				err = l.unreadable(line+m.line, m.why)
			} else {
				err = l.note(line+m.line, m.why, 0)
			}
			if err != nil {
				return err
			}
		}
		for ; at < len(b.requests); at++ {
			if err := l.request(&b.requests[at]); err != nil {
				return err
			}
		}
		line += b.lines
		l.sum.Lines += b.filled
		l.sum.Other += b.others
		free <- b
	}
	return nil
}

// parse reads the lines of a block.
func (b *block) parse(p lineParser) {
	b.requests, b.remarks, b.lines, b.filled, b.others = b.requests[:0], b.remarks[:0], 0, 0, 0
	for rest := b.data; len(rest) > 0; {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte("\n"))
		b.lines++
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		b.filled++
		if len(line) > MaxLine {
			b.remarks = append(b.remarks, remark{line: b.lines, before: len(b.requests), why: tooLong, bad: true})
			continue
		}
		n := len(b.requests)
		if n < cap(b.requests) {
			b.requests = b.requests[:n+1]
		} else {
			b.requests = append(b.requests, observe.Request{})
		}
		v, why := p.line(line, &b.requests[n])
		if v != taken {
			b.requests = b.requests[:n]
		}
		if v == other {
			b.others++
		}
		if why != "" {
			b.remarks = append(b.remarks, remark{line: b.lines, before: n, why: why, bad: v == unusable})
		}
	}
}

// cutter reads a file in blocks that end with a line.
type cutter struct {
	r     io.Reader
	hash  hash.Hash
	bytes int64
}

// cut hands out blocks until the file ends. A line longer than a block is passed over.
func (c *cutter) cut(ctx context.Context, free <-chan *block, give func(*block)) error {
	var carry []byte
	skipping, passed := false, 0
	for {
		var b *block
		select {
		case b = <-free:
		case <-ctx.Done():
			return ctx.Err()
		}
		n := copy(b.buf, carry)
		got, err := io.ReadFull(c.r, b.buf[n:])
		c.hash.Write(b.buf[n : n+got])
		c.bytes += int64(got)
		ended := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !ended {
			return fmt.Errorf("cannot be read: %w", err)
		}
		data := b.buf[:n+got]
		if skipping {
			i := bytes.IndexByte(data, '\n')
			if skipping = i < 0; skipping {
				data = nil
			} else {
				data = data[i+1:]
			}
		}
		last := bytes.LastIndexByte(data, '\n') + 1
		switch {
		case ended:
			last = len(data)
		case last == 0 && len(data) == len(b.buf):
			skipping, data = true, nil
			passed++
		}
		carry = append(carry[:0], data[last:]...)
		b.data, b.cut = data[:last], passed
		passed = 0
		give(b)
		if ended {
			return nil
		}
	}
}

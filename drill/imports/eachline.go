package imports

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
)

// eachLine calls f at each line that holds something, in order, and end after the last: for formats of which a line needs the
// ones before. Lines that are too long are told and passed over.
func eachLine(ctx context.Context, r io.Reader, l *ledger, f func(n int, line []byte) error, end func() error) error {
	sum := sha256.New()
	in := bufio.NewReaderSize(io.TeeReader(contextReader{ctx, r}, sum), blockSize)
	err := walk(in, l, f)
	if err == nil {
		err = end()
	}
	if err == nil {
		l.sum.SHA256 = hex.EncodeToString(sum.Sum(nil))
	}
	return err
}

func walk(in *bufio.Reader, l *ledger, f func(n int, line []byte) error) error {
	long := false
	for n := 1; ; {
		line, err := in.ReadSlice('\n')
		l.sum.Bytes += int64(len(line))
		whole := len(line) > 0 && line[len(line)-1] == '\n'
		ended := errors.Is(err, io.EOF)
		if err != nil && !ended && !errors.Is(err, bufio.ErrBufferFull) {
			return fmt.Errorf("cannot be read: %w", err)
		}
		switch text := bytes.TrimSpace(line); {
		case !whole && !ended: // longer than the buffer
			long = true
			continue
		case long || len(text) > MaxLine:
			long = false
			l.sum.Lines++
			if err := l.unreadable(n, tooLong); err != nil {
				return err
			}
		case len(text) > 0:
			l.sum.Lines++
			if err := f(n, text); err != nil {
				return err
			}
		}
		if ended {
			return nil
		}
		n++
	}
}

package imports

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
)

// readWhole reads a source that is one document, of most bytes at most, and writes down its digest.

func readWhole(ctx context.Context, r io.Reader, most int, l *ledger) ([]byte, error) {
	sum := sha256.New()
	var buf bytes.Buffer
	n, err := io.Copy(io.MultiWriter(sum, &buf), io.LimitReader(contextReader{ctx, r}, int64(most)+1))
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	if n > int64(most) {
		return nil, fmt.Errorf("larger than %d MiB; export less in one file", most>>20)
	}
	l.sum.SHA256, l.sum.Bytes = hex.EncodeToString(sum.Sum(nil)), n
	data := bytes.TrimPrefix(buf.Bytes(), []byte("\xef\xbb\xbf"))
	l.sum.Lines = int64(bytes.Count(data, []byte("\n")))
	if len(data) > 0 && data[len(data)-1] != '\n' {
		l.sum.Lines++
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, errors.New("empty")
	}
	return data, nil
}

// contextReader ends a reading when its context does.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// lineOf is the line in which a byte stands.
func lineOf(data []byte, at int) int { return 1 + bytes.Count(data[:min(at, len(data))], []byte("\n")) }

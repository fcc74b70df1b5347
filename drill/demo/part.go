package demo

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// part is what a child is told to be.
type part struct {
	Backend *backend `json:",omitempty"`
	Proxy   *proxy   `json:",omitempty"`
}

// Part is what a child of a drill runs: it reads what it is to be, says on out where it listens, and ends when in does, so that no child
// outlives the drill.
func Part(ctx context.Context, in io.Reader, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	lines := bufio.NewReader(in)
	line, err := lines.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("nobody says what to be: %w", err)
	}
	var p part
	if err := json.Unmarshal(line, &p); err != nil {
		return fmt.Errorf("nobody says what to be: %w", err)
	}
	go func() {
		_, _ = io.Copy(io.Discard, lines) // its end is all that counts
		cancel()
	}()
	ready := func(address string) { fmt.Fprintln(out, address) } // without a reader there is nobody to serve
	switch {
	case p.Backend != nil:
		err = p.Backend.run(ctx, ready)
	case p.Proxy != nil:
		err = p.Proxy.run(ctx, ready)
	default:
		return errors.New("nobody says what to be")
	}
	if ctx.Err() != nil {
		return nil
	}
	return err
}

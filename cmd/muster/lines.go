package main

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

// keptText bounds what is kept of files whose lines are shown, in bytes; a line takes 4 more.
const keptText = 32 << 20

// line is report.Line: the text of a line of an input. Findings of one service
// stand in several files by turns, so files are kept, up to a bound. Several goroutines may ask at a time.
func (in *inputs) line() func(file string, line int) (string, bool) {
	files, size := map[string]func() lines{}, 0
	var mu sync.Mutex
	return func(file string, line int) (string, bool) {
		mu.Lock()
		known, ok := files[file]
		if !ok {
			known = sync.OnceValue(func() lines {
				data, err := in.text(file)
				if err != nil {
					return lines{}
				}
				l := linesOf(data)
				mu.Lock()
				defer mu.Unlock()
				if size += l.size(); size > keptText {
					clear(files)
					size, files[file] = l.size(), func() lines { return l }
				}
				return l
			})
			files[file] = known
		}
		mu.Unlock()
		return known().at(line)
	}
}

// lines are those of a text.
type lines struct {
	text   []byte
	starts []int32 // of each line; none if there is no text
}

func linesOf(text []byte) lines {
	l := lines{text: text, starts: make([]int32, 1, bytes.Count(text, []byte{'\n'})+1)}
	for at := 0; ; {
		n := bytes.IndexByte(text[at:], '\n')
		if n < 0 {
			return l
		}
		at += n + 1
		l.starts = append(l.starts, int32(at))
	}
}

// size is how many bytes they take.
func (l lines) size() int { return len(l.text) + 4*len(l.starts) }

// at is a line, from 1, without its line break.
func (l lines) at(n int) (string, bool) {
	if n < 1 || n > len(l.starts) {
		return "", false
	}
	line := l.text[l.starts[n-1]:]
	if n < len(l.starts) {
		line = l.text[l.starts[n-1] : l.starts[n]-1]
	}
	return string(bytes.TrimSuffix(line, []byte{'\r'})), true
}

// text is the content of an input, as it was read, or read again from where it came; of a large one the beginning.
func (in *inputs) text(file string) ([]byte, error) {
	if in.kept != nil {
		if text, ok := in.kept(file); ok {
			return text, nil
		}
	}
	return in.read(file, 16<<20)
}

// read is a file's content, up to so many bytes.
func (in *inputs) read(file string, most int64) ([]byte, error) {
	if file == "-" {
		return in.stdin.Bytes(), nil
	}
	// O_NONBLOCK: should the file have become a FIFO since it was read, opening it must not wait.
	f, err := os.OpenFile(in.at(filepath.FromSlash(file)), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil, fs.ErrInvalid
	}
	var text bytes.Buffer
	text.Grow(int(min(info.Size(), most)) + bytes.MinRead) // so that it never grows
	_, err = text.ReadFrom(io.LimitReader(f, most))
	return text.Bytes(), err
}

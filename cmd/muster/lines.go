package main

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// keptText bounds what is kept of files whose lines are shown, in bytes; a line takes 24 more.
const keptText = 32 << 20

// line is report.Line: the text of a line of an input, read again from where it came. Findings of one service
// stand in several files by turns, so files are kept, up to a bound.
func (in *inputs) line() func(file string, line int) (string, bool) {
	files, size := map[string][][]byte{}, 0
	return func(file string, line int) (string, bool) {
		lines, known := files[file]
		if !known {
			data, err := in.text(file)
			if err == nil {
				lines = bytes.Split(data, []byte{'\n'})
			}
			if size += len(data) + 24*len(lines); size > keptText {
				clear(files)
				size = len(data) + 24*len(lines)
			}
			files[file] = lines
		}
		if line < 1 || line > len(lines) {
			return "", false
		}
		return string(bytes.TrimSuffix(lines[line-1], []byte{'\r'})), true
	}
}

// text is the content of an input, read again from where it came; of a large one the beginning.
func (in *inputs) text(file string) ([]byte, error) { return in.read(file, 16<<20) }

// read is a file's content, up to so many bytes.
func (in *inputs) read(file string, most int64) ([]byte, error) {
	if file == "-" {
		return in.stdin.Bytes(), nil
	}
	// O_NONBLOCK: should the file have become a FIFO since it was read, opening it must not wait.
	f, err := os.OpenFile(filepath.FromSlash(file), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, fs.ErrInvalid
	}
	return io.ReadAll(io.LimitReader(f, most))
}

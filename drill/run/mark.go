package run

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/passmuster/muster/drill/record"
)

// Mark is what a person or a script tells a run: that the injection or the removal begins or has ended, that traffic is sent back, a
// note, or that the drill has to end.
type Mark struct {
	Name record.EventName `json:"name"`
	Edge record.Edge      `json:"edge,omitempty"`
	Text string           `json:"text,omitempty"`
}

// ParseMark reads "inject begin", "remove end", "failback begin", "note TEXT" or "abort TEXT".
func ParseMark(words []string) (Mark, error) {
	m := Mark{}
	if len(words) > 0 {
		m.Name, words = record.EventName(words[0]), words[1:]
	}
	switch m.Name {
	case record.Inject, record.Remove, record.Failback:
		if len(words) == 0 || record.Edge(words[0]) != record.Begin && record.Edge(words[0]) != record.End {
			return m, fmt.Errorf("%s: want begin or end after it", m.Name)
		}
		m.Edge, words = record.Edge(words[0]), words[1:]
	case record.Note, record.Abort:
	default:
		return m, fmt.Errorf("%q is no mark: want inject, remove, failback, note or abort", m.Name)
	}
	m.Text = record.Clip(strings.Join(words, " "), record.MaxText)
	return m, nil
}

// pointer is the file of a run's folder that says where its socket is: the paths of sockets are short.
const pointer = ".control"

const (
	markTimeout = 10 * time.Second
	maxMark     = 8 << 10
)

// listen takes marks at a socket that only this user can reach, until the returned function is called.
func listen(dir string, c *control) (end func(), err error) {
	at, err := os.MkdirTemp("", "muster-drill-")
	if err != nil {
		return nil, err
	}
	path := filepath.Join(at, "control")
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(at))
	}
	note := filepath.Join(dir, pointer)
	if err := os.WriteFile(note, []byte(path+"\n"), 0o600); err != nil {
		return nil, errors.Join(err, l.Close(), os.RemoveAll(at))
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { answer(conn, c) })
		}
	})
	return func() {
		_ = l.Close()
		wg.Wait()
		_ = os.RemoveAll(at)
		_ = os.Remove(note)
	}, nil
}

// reply is what a teller hears.
type reply struct {
	Error string `json:"error,omitempty"`
}

func answer(conn net.Conn, c *control) {
	defer func() { _ = conn.Close() }()
	if conn.SetDeadline(time.Now().Add(markTimeout)) != nil {
		return
	}
	line, err := bufio.NewReaderSize(conn, maxMark).ReadSlice('\n')
	var m Mark
	if err == nil {
		err = json.Unmarshal(line, &m)
	}
	if err == nil {
		err = c.mark(m)
	}
	var r reply
	if err != nil {
		r.Error = err.Error()
	}
	_ = json.NewEncoder(conn).Encode(r) // who does not listen is not told
}

// Tell tells the run in a folder something, and returns when it is recorded.
func Tell(dir string, m Mark) error {
	path, err := os.ReadFile(filepath.Join(dir, pointer))
	if os.IsNotExist(err) {
		return refused("no drill is running in %s", dir)
	}
	if err != nil {
		return &Unreadable{err}
	}
	conn, err := net.DialTimeout("unix", strings.TrimSpace(string(path)), markTimeout)
	if err != nil {
		return refused("no drill is running in %s any more: %v", dir, err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(markTimeout)); err != nil {
		return err
	}
	if err := json.NewEncoder(conn).Encode(m); err != nil {
		return err
	}
	var r reply
	if err := json.NewDecoder(conn).Decode(&r); err != nil {
		return fmt.Errorf("the drill did not answer: %w", err)
	}
	if r.Error != "" {
		return &Refused{[]string{r.Error}}
	}
	return nil
}

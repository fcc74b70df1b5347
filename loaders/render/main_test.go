package render

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestMain makes the test binary the child that renders, as the program is: with a word as its
// first argument it is that child, well-behaved or not.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		if child, ok := children[os.Args[1]]; ok {
			if err := child(os.Stdin, os.Stdout); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1) //nolint:forbidigo // this process is a program, not a test
			}
			os.Exit(0) //nolint:forbidigo // this process is a program, not a test
		}
	}
	m.Run() // the exit code is the testing package's business
}

func child(name string) []string { return []string{os.Args[0], name} }

var children = map[string]func(io.Reader, io.Writer) error{
	Verb: func(in io.Reader, out io.Writer) error { return Child(context.Background(), in, out) },
	"child-hangs": func(io.Reader, io.Writer) error {
		<-time.After(time.Hour)
		return nil
	},
	"child-computes": func(in io.Reader, _ io.Writer) error {
		if _, err := confineBy(in); err != nil {
			return err
		}
		for n := 0; ; n++ {
		}
	},
	"child-eats": func(in io.Reader, _ io.Writer) error {
		if _, err := confineBy(in); err != nil {
			return err
		}
		var all [][]byte
		for {
			b := make([]byte, 1<<20)
			for i := range b {
				b[i] = byte(i)
			}
			all = append(all, b)
			if len(all) > 1<<14 { // far beyond the limit
				return nil
			}
		}
	},
	"child-floods": func(_ io.Reader, out io.Writer) error {
		line := strings.Repeat("x", 1<<20)
		for {
			if _, err := io.WriteString(out, line); err != nil {
				return err
			}
		}
	},
	"child-lies":   func(_ io.Reader, out io.Writer) error { _, err := io.WriteString(out, "{}"); return err },
	"child-speaks": func(_ io.Reader, out io.Writer) error { _, err := io.WriteString(out, "what?"); return err },
	"child-fails":  func(io.Reader, io.Writer) error { return io.ErrUnexpectedEOF },
	// What is left to a child that tries: told in its answer.
	"child-explores": func(in io.Reader, out io.Writer) error {
		req, err := confineBy(in)
		if err != nil {
			return err
		}
		var could []string
		if _, err := os.ReadFile("/etc/hostname"); err == nil {
			could = append(could, "read a file")
		}
		if _, err := os.ReadFile("/proc/self/statm"); err == nil {
			could = append(could, "read /proc")
		}
		if c, err := net.Listen("tcp", "127.0.0.1:0"); err == nil {
			could = append(could, "listen at "+c.Addr().String())
		}
		if res, err := http.Get("http://127.0.0.1:1/"); err == nil || !strings.Contains(err.Error(), "fetches nothing") {
			could = append(could, "send a request")
			if err == nil {
				res.Body.Close()
			}
		}
		if err := exec.Command("/bin/true").Run(); err == nil {
			could = append(could, "run a program")
		}
		if _, err := exec.LookPath("git"); err == nil {
			could = append(could, "find git")
		}
		if len(os.Environ()) > 0 {
			could = append(could, "see an environment")
		}
		_ = req
		return json.NewEncoder(out).Encode(response{Error: strings.Join(could, ", ")})
	},
}

func confineBy(in io.Reader) (req request, err error) {
	if err := json.NewDecoder(in).Decode(&req); err != nil {
		return req, err
	}
	return req, confine(req)
}

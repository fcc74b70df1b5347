// Package prometheus asks a server of Prometheus for what its counters were during a drill, and writes the answers down as they
// came: they are evidence, and drill/imports reads them as it reads saved files. It is the only part of the imports that opens a
// connection, and only where a user names a server.
package prometheus

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/passmuster/muster/drill/imports"
	"github.com/passmuster/muster/drill/record"
)

// maxPoints is how many points of a series one answer may hold: Prometheus refuses more than 11,000 (its api, query_range).
const maxPoints = 10_000

// Limits of what a server may answer.
const (
	maxError = 64 << 10
	maxToken = 64 << 10
	maxCA    = 1 << 20
)

// Server is one of Prometheus, or of anything that answers as it does.
type Server struct {
	// URL is where /api/v1 is; a path in front of it is kept.
	URL string
	// TokenFile holds a bearer token. It is sent over TLS only, but for servers of this host.
	TokenFile string
	// CAFile holds the certificates (PEM) that the server's is verified against; empty = those of the system.
	CAFile string
	// Timeout of one request; 0 = 30 s.
	Timeout time.Duration
}

// Range asks for the raw counters that a selector names, from one time to another, a value each step, and writes the answers to
// into, a line each. Ranges of more points than an answer may hold are asked for in parts. The answers together must fit into what
// imports.Read takes.
func (s *Server) Range(ctx context.Context, selector string, from, to time.Time, step time.Duration, into io.Writer) error {
	if step < time.Millisecond || !to.After(from) {
		return errors.New("a range needs a begin, a later end, and a step of a millisecond at least")
	}
	client, base, token, err := s.client()
	if err != nil {
		return err
	}
	defer client.CloseIdleConnections()
	left := int64(imports.MaxDocument)
	for part := from; !part.After(to); {
		last := part.Add((maxPoints - 1) * step)
		if last.After(to) {
			last = to
		}
		form := url.Values{"query": {selector}, "start": {seconds(part)}, "end": {seconds(last)}, "step": {strconv.FormatFloat(step.Seconds(), 'f', -1, 64)}}
		n, err := ask(ctx, client, base, token, form, left, into)
		if err != nil {
			return fmt.Errorf("%s: %w", base.Redacted(), err)
		}
		left -= n
		part = last.Add(step)
	}
	return nil
}

func seconds(t time.Time) string {
	return strconv.FormatFloat(float64(t.UnixMilli())/1000, 'f', 3, 64)
}

// client reads the files that the server's settings name.
func (s *Server) client() (*http.Client, *url.URL, string, error) {
	base, err := url.Parse(s.URL)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, nil, "", errors.New("the server must be given as http(s)://host[:port][/path]")
	}
	token := ""
	if s.TokenFile != "" {
		text, err := readBounded(s.TokenFile, maxToken)
		if err != nil {
			return nil, nil, "", fmt.Errorf("cannot read the token: %w", err)
		}
		token = strings.TrimSpace(string(text))
		if base.Scheme != "https" && !loopback(base.Hostname()) {
			return nil, nil, "", errors.New("a token is not sent without TLS; give an https URL")
		}
	}
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, ResponseHeaderTimeout: s.timeout(), TLSHandshakeTimeout: 10 * time.Second, ForceAttemptHTTP2: true,
		DialContext:     (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12},
	}
	if s.CAFile != "" {
		pem, err := readBounded(s.CAFile, maxCA)
		if err != nil {
			return nil, nil, "", fmt.Errorf("cannot read the certificates: %w", err)
		}
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(pem) {
			return nil, nil, "", fmt.Errorf("%s holds no certificate in PEM", s.CAFile)
		}
		transport.TLSClientConfig.RootCAs = roots
	}
	// A redirect would take the token and the question elsewhere.
	follow := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &http.Client{Transport: transport, Timeout: s.timeout(), CheckRedirect: follow}, base, token, nil
}

func (s *Server) timeout() time.Duration {
	if s.Timeout <= 0 {
		return 30 * time.Second
	}
	return s.Timeout
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func readBounded(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("%s is larger than %d bytes", path, most)
	}
	return data, err
}

// ask sends one question and writes its answer down, of most bytes at most.
func ask(ctx context.Context, client *http.Client, base *url.URL, token string, form url.Values, most int64, into io.Writer) (int64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, base.JoinPath("api/v1/query_range").String(), strings.NewReader(form.Encode()))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "muster")
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := client.Do(request)
	if err != nil {
		var failed *url.Error
		if errors.As(err, &failed) {
			err = failed.Err // without the URL, which is told already
		}
		return 0, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(response.Body, maxError))
		return 0, fmt.Errorf("the server answers %d%s", response.StatusCode, reason(body))
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, most+1))
	if err != nil {
		return 0, err
	}
	if int64(len(body)) > most {
		return 0, fmt.Errorf("the answers are larger than %d MiB; narrow the selector, or ask for less time", imports.MaxDocument>>20)
	}
	if format, ok := imports.Detect(body); !ok || format != imports.Prometheus {
		return 0, fmt.Errorf("this is no answer of Prometheus%s", reason(body))
	}
	// An answer is one line, whatever the server indents.
	line := append(bytes.TrimSpace(bytes.ReplaceAll(body, []byte("\n"), []byte(" "))), '\n')
	n, err := into.Write(line)
	return int64(n), err
}

// reason is what an answer says that went wrong; empty = nothing that could be shown.
func reason(body []byte) string {
	var said struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(body, &said) != nil || said.Error == "" {
		return ""
	}
	return ": " + record.Clip(said.Error, 300)
}

package run

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/passmuster/muster/drill/plan"
	"github.com/passmuster/muster/drill/probe"
)

const (
	defaultRate    = 10 // requests a second
	maxRate        = 10_000
	defaultTimeout = 2 * time.Second
	maxFile        = 1 << 20 // bytes of a certificate or key
)

// target is how a probe of the plan is asked; its cell is filled in round by round. Files of TLS are read from below dir.
func target(pr *plan.Probe, dir string) (probe.Target, error) {
	rate := cmp.Or(pr.Rate, defaultRate)
	if rate < 0.001 || rate > maxRate {
		return probe.Target{}, fmt.Errorf("%g requests a second: want 0.001 to %d", rate, maxRate)
	}
	t := probe.Target{
		Source: pr.Source, Protocol: probe.Protocol(pr.Protocol), Host: pr.Host, Method: pr.Method, Path: pr.Path, Statuses: pr.Statuses,
		Echo: probe.Echo{Region: pr.Echo.Region, Zone: pr.Echo.Zone, Cluster: pr.Echo.Cluster, Workload: pr.Echo.Workload,
			TLS: pr.Echo.TLS, Peer: pr.Echo.Peer, Role: pr.Echo.Role, Epoch: pr.Echo.Epoch, Attempts: pr.Echo.Attempts},
		Every: time.Duration(float64(time.Second) / rate), Timeout: cmp.Or(pr.Timeout.Std(), defaultTimeout), Keep: pr.Keep == nil || *pr.Keep,
	}
	for name, value := range pr.Headers {
		if t.Header == nil {
			t.Header = http.Header{}
		}
		t.Header.Set(name, value)
	}
	if pr.Proxy != "" {
		u, err := url.Parse(pr.Proxy)
		if err != nil || u.Scheme != "http" || u.Port() == "" {
			return t, fmt.Errorf("proxy %q: want http://host:port", pr.Proxy)
		}
		t.Proxy = u
	}
	secure, err := address(&t, pr)
	if err != nil {
		return t, err
	}
	if secure || pr.TLS != nil {
		if t.TLS, err = credentials(pr.TLS, dir); err != nil {
			return t, err
		}
	}
	return t, nil
}

// address reads where the target is, and whether it says that it is encrypted.
func address(t *probe.Target, pr *plan.Probe) (secure bool, err error) {
	if pr.Target == "" {
		return false, errors.New("it has no target yet: fill in where it asks")
	}
	if t.Protocol != probe.HTTP1 && t.Protocol != probe.HTTP2 {
		if _, _, err := net.SplitHostPort(pr.Target); err != nil {
			return false, fmt.Errorf("target %q: want host:port for %s", pr.Target, pr.Protocol)
		}
		t.Address = pr.Target
		return t.Protocol == probe.Handshake, nil
	}
	u, err := url.Parse(pr.Target)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return false, fmt.Errorf("target %q: want http://… or https://… for %s", pr.Target, pr.Protocol)
	case u.User != nil || u.Fragment != "":
		return false, errors.New("the target has a user or a fragment: want a plain URL, and credentials in headers")
	case u.Scheme == "http" && pr.TLS != nil:
		return false, fmt.Errorf("target %q is http, but tls is given: write https", pr.Target)
	}
	secure = u.Scheme == "https"
	port := "80"
	if secure {
		port = "443"
	}
	t.Address, t.Path = net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), port)), u.RequestURI()
	if t.Host == "" {
		t.Host = u.Host
	}
	return secure, nil
}

// credentials are what the prober shows and demands. Without an authority of its own the system's are trusted.
func credentials(c *plan.TLS, dir string) (*probe.TLS, error) {
	if c == nil {
		return &probe.TLS{}, nil
	}
	verify := []string{"name", "spiffe", "chain", "nothing"}
	t := &probe.TLS{ServerName: c.ServerName, Peers: c.Peers, Verify: probe.Verify(slices.Index(verify, cmp.Or(c.Verify, "name")))}
	if t.Verify < 0 {
		return nil, fmt.Errorf("tls.verify %q: want name, spiffe, chain or nothing", c.Verify)
	}
	if c.CA != "" {
		pem, err := within(dir, c.CA)
		if err != nil {
			return nil, fmt.Errorf("tls.ca: %w", err)
		}
		t.Roots = x509.NewCertPool()
		if !t.Roots.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("tls.ca: %s holds no certificate", c.CA)
		}
	}
	if (c.Cert == "") != (c.Key == "") {
		return nil, errors.New("tls.cert and tls.key go together")
	}
	if c.Cert != "" {
		cert, err := within(dir, c.Cert)
		if err != nil {
			return nil, fmt.Errorf("tls.cert: %w", err)
		}
		key, err := within(dir, c.Key)
		if err != nil {
			return nil, fmt.Errorf("tls.key: %w", err)
		}
		pair, err := tls.X509KeyPair(cert, key)
		if err != nil {
			return nil, fmt.Errorf("tls.cert: %w", err)
		}
		t.Certificate = &pair
	}
	return t, nil
}

// within reads a file below a folder: no link and no path leads out of it.
func within(dir, name string) ([]byte, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	if filepath.IsAbs(name) {
		return nil, fmt.Errorf("%s: files are relative to the plan, and lie below its folder", name)
	}
	f, err := root.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, fmt.Errorf("%s: want a regular file of at most %d bytes", name, maxFile)
	}
	return io.ReadAll(io.LimitReader(f, maxFile))
}

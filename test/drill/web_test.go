package drill

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/passmuster/muster/drill/probe"
)

// The environment tells the test binary to be a web server: its address, region, and where its certificates lie.
const (
	webEnv    = "MUSTER_TEST_DRILL_WEB"
	regionEnv = "MUSTER_TEST_DRILL_REGION"
	certsEnv  = "MUSTER_TEST_DRILL_CERTS"
)

// serveWeb answers over TLS to clients with a certificate until its input ends.
func serveWeb(address string) error {
	certs, region := os.Getenv(certsEnv), os.Getenv(regionEnv)
	pair, err := tls.LoadX509KeyPair(filepath.Join(certs, region+".pem"), filepath.Join(certs, region+".key"))
	if err != nil {
		return err
	}
	data, err := os.ReadFile(filepath.Join(certs, "ca.pem"))
	if err != nil {
		return err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		return errors.New("no roots")
	}
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", address)
	if err != nil {
		return err
	}
	s := &http.Server{ReadHeaderTimeout: 5 * time.Second, ErrorLog: log.New(io.Discard, "", 0), Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("x-region", region) }),
		TLSConfig: &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = s.Close()
	}()
	_, _ = os.Stdout.WriteString(l.Addr().String() + "\n")
	if err := s.ServeTLS(l, "", ""); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// web is such a server in a process of its own.
type web struct {
	cmd     *exec.Cmd
	address string
}

// startWeb starts one and waits until it listens.
func startWeb(t *testing.T, region, address, certs string) *web {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	w := &web{cmd: exec.Command(self)}
	w.cmd.Env = append(os.Environ(), webEnv+"="+address, regionEnv+"="+region, certsEnv+"="+certs)
	w.cmd.Stderr = os.Stderr
	if _, err := w.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := probe.Calmly(w.cmd.Start); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	w.address = strings.TrimSpace(line)
	return w
}

func (w *web) kill() {
	_ = w.cmd.Process.Kill()
	_ = w.cmd.Wait()
}

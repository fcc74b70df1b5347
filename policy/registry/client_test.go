package registry

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/passmuster/muster/policy/registry/registrytest"
)

// basic wants this name and password for everything.
func basic(name, password string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if n, p, ok := r.BasicAuth(); ok && n == name && p == password {
			return false
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="here"`)
		w.WriteHeader(http.StatusUnauthorized)
		return true
	}
}

func TestBasicChallenge(t *testing.T) {
	s, o, root := start(t)
	s.Push("v1", rego("a.rego", "A_1"))
	s.Intercept(basic("me", "word"))
	refused(t, o, s.Repository()+":v1", root, "docker login "+s.Host(), false)
	o.Username, o.Password = "me", "wrong"
	refused(t, o, s.Repository()+":v1", root, "docker login "+s.Host(), false)
	o.Password = "word"
	pulled(t, o, s.Repository()+":v1")
}

func TestTokenChallenge(t *testing.T) {
	s, o, root := start(t)
	s.Push("v1", rego("a.rego", "A_1"))
	s.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/token" {
			if n, p, _ := r.BasicAuth(); n != "me" || p != "word" || r.FormValue("scope") != "repository:acme/policies:pull" {
				w.WriteHeader(http.StatusUnauthorized)
				return true
			}
			_, _ = w.Write([]byte(`{"token": "abc"}`))
			return true
		}
		if r.Header.Get("Authorization") == "Bearer abc" {
			return false
		}
		w.Header().Set("WWW-Authenticate", `Bearer realm="`+s.URL+`/token",service="here",scope="repository:acme/policies:pull"`)
		w.WriteHeader(http.StatusUnauthorized)
		return true
	})
	refused(t, o, s.Repository()+":v1", root, "docker login", false)
	o.Username, o.Password = "me", "word"
	pulled(t, o, s.Repository()+":v1")
}

// A registry without TLS on this machine cannot have the password sent to a token service elsewhere without TLS.
func TestTokenServicesNeedTLS(t *testing.T) {
	s, o, root := start(t)
	s.Push("v1", rego("a.rego", "A_1"))
	s.Intercept(func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("WWW-Authenticate", `Bearer realm="http://192.0.2.1/token",service="here"`)
		w.WriteHeader(http.StatusUnauthorized)
		return true
	})
	o.Username, o.Password = "me", "word"
	o.Transport = nobodyElse(t, s)
	refused(t, o, s.Repository()+":v1", root, "http://192.0.2.1/token?… is not encrypted", false)
}

func TestCredentialsOfDockerLogin(t *testing.T) {
	s, o, root := start(t)
	s.Push("v1", rego("a.rego", "A_1"))
	s.Intercept(basic("me", "word"))
	config := filepath.Join(os.Getenv("DOCKER_CONFIG"), "config.json")
	put(t, config, `{"auths": {"`+s.Host()+`": {"auth": "`+base64.StdEncoding.EncodeToString([]byte("me:word"))+`"}}}`)
	pulled(t, o, s.Repository()+":v1")
	put(t, config, `{"auths": {"other.example": {"auth": "`+base64.StdEncoding.EncodeToString([]byte("me:word"))+`"}}}`)
	refused(t, o, s.Repository()+":v1", root, "docker login", false)
	put(t, config, `{`)
	refused(t, o, s.Repository()+":v1", root, "the Docker configuration", true)
}

// nobodyElse connects to the registry alone, whatever the host.
func nobodyElse(t *testing.T, s *registrytest.Server) http.RoundTripper {
	tr := &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		if address != s.Host() && !strings.HasPrefix(address, "registry.example:") {
			t.Errorf("it calls %s", address)
		}
		return (&net.Dialer{}).DialContext(ctx, network, s.Host())
	}}
	t.Cleanup(tr.CloseIdleConnections)
	return tr
}

func TestPlainHTTPIsForThisMachine(t *testing.T) {
	s, o, root := start(t)
	s.Push("v1", rego("a.rego", "A_1"))
	o.Transport = nobodyElse(t, s)
	refused(t, o, "oci://registry.example/acme/policies:v1", root, "--plain-http", false)
	if asked := s.Asked(); len(asked) > 0 {
		t.Errorf("without TLS: %q", asked)
	}
	yes, no := true, false
	o.PlainHTTP = &no
	refused(t, o, s.Repository()+":v1", root, "--plain-http", false)
	o.PlainHTTP = &yes
	pulled(t, o, "oci://registry.example/acme/policies:v1")
}

// With TLS the certificate must be one that this machine trusts, and no redirect leads out of TLS.
func TestTLS(t *testing.T) {
	s, o, root := start(t)
	s.Push("v1", rego("a.rego", "A_1"))
	secure := httptest.NewTLSServer(s)
	defer secure.Close()
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // the handshake that fails
	reference := "oci://" + strings.TrimPrefix(secure.URL, "https://") + "/acme/policies:v1"
	no := false
	o.PlainHTTP = &no
	refused(t, o, reference, root, "certificate", false)
	o.Transport = secure.Client().Transport
	pulled(t, o, reference)
	s.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, s.URL+r.URL.Path, http.StatusFound)
		return r.TLS != nil
	})
	refused(t, o, reference, root, "is not encrypted", false)
}

// Registries send clients elsewhere for blobs. The other host gets no credentials, and its answer must have the digest.
func TestRedirects(t *testing.T) {
	s, o, root := start(t)
	s.Push("v1", rego("a.rego", "A_1"))
	var text, to atomic.Value // handlers of earlier requests may still be at work
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Authorization"); got != "" {
			t.Errorf("the other host gets %q", got)
		}
		_, _ = io.WriteString(w, text.Load().(string))
	}))
	defer other.Close()
	to.Store(other.URL)
	authorized := basic("me", "word")
	s.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		if authorized(w, r) {
			return true
		}
		if !strings.Contains(r.URL.Path, "/blobs/"+registrytest.Digest(module("A_1"))) {
			return false
		}
		http.Redirect(w, r, to.Load().(string)+"/blob?signature=secret", http.StatusTemporaryRedirect)
		return true
	})
	o.Username, o.Password = "me", "word"
	text.Store(module("A_2"))
	refused(t, o, s.Repository()+":v1", root, "mismatch", false)
	text.Store(module("A_1"))
	pulled(t, o, s.Repository()+":v1")

	o.Dir = filepath.Join(root, "again")
	to.Store("http://192.0.2.1")
	refused(t, o, s.Repository()+":v1", root, "http://192.0.2.1/blob?… is not encrypted; --plain-http", false)
	to.Store(s.URL + "/again")
	s.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, to.Load().(string), http.StatusFound)
		return true
	})
	refused(t, o, s.Repository()+":v1", root, "stopped after 10 redirects", false)
}

func TestWhatIsNotThere(t *testing.T) {
	s, o, root := start(t)
	s.Push("v1", rego("a.rego", "A_1"))
	refused(t, o, s.Repository()+":v2", root, "acme/policies:v2: its manifest: ", false)
	refused(t, o, s.Repository()+":v2", root, "(is the name right, and may you read it?)", false)
	refused(t, o, "oci://"+s.Host()+"/acme/nothing:v1", root, "is the name right", false)
	s.Close()
	refused(t, o, s.Repository()+":v1", root, "connection refused", false)
}

// A context that ends ends the pull, and nothing is left.
func TestTheEndOfTime(t *testing.T) {
	s, o, root := start(t)
	s.Push("v1", rego("a.rego", "A_1"))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s.Intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, "/blobs/") {
			return false
		}
		cancel()
		<-r.Context().Done() // the client goes
		return true
	})
	ref, err := Parse(s.Repository() + ":v1")
	if err != nil {
		t.Fatal(err)
	}
	o.Reference = ref
	before := files(t, root)
	if _, err := Pull(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if after := files(t, root); !slices.Equal(before, after) {
		t.Errorf("%q is left", after)
	}
}

// Package registrytest is a small OCI registry for tests: it gives what was pushed, and does as it is told.
package registrytest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Media types of manifests and layers.
const (
	Manifest = "application/vnd.oci.image.manifest.v1+json"
	Index    = "application/vnd.oci.image.index.v1+json"
	Bundle   = "application/vnd.oci.image.layer.v1.tar+gzip"
	File     = "application/vnd.oci.image.layer.v1.tar" // what `oras push` calls a file
	Rego     = "application/vnd.cncf.openpolicyagent.policy.layer.v1+rego"
	Data     = "application/vnd.cncf.openpolicyagent.data.layer.v1+json"
)

// Layer is a layer to push.
type Layer struct {
	Type, Title, Text string
	Size              int64 // what its descriptor says, if not the truth
}

// Server is a registry on this machine with one repository, "acme/policies".
type Server struct {
	*httptest.Server

	mu        sync.Mutex
	intercept func(http.ResponseWriter, *http.Request) bool
	blobs     map[string]string   // by digest
	manifests map[string]manifest // by tag and by digest
	asked     []string
}

type manifest struct{ mediaType, text string }

// New starts a registry; it ends with the test.
func New(t testing.TB) *Server {
	s := &Server{blobs: map[string]string{}, manifests: map[string]manifest{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

// Host is the registry's address in a reference.
func (s *Server) Host() string { return strings.TrimPrefix(s.URL, "http://") }

// Repository is a reference without tag and digest.
func (s *Server) Repository() string { return "oci://" + s.Host() + "/acme/policies" }

// Digest is the SHA-256 of a text.
func Digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256:" + hex.EncodeToString(sum[:])
}

type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int64             `json:"size"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// Push stores an artifact with these layers under a tag, and returns its digest.
func (s *Server) Push(tag string, layers ...Layer) string {
	config := s.blob(Layer{Type: "application/vnd.oci.empty.v1+json", Text: "{}"})
	list := []descriptor{}
	for _, l := range layers {
		list = append(list, s.blob(l))
	}
	text, err := json.Marshal(map[string]any{"schemaVersion": 2, "mediaType": Manifest, "config": config, "layers": list})
	if err != nil {
		return err.Error() // maps of strings and numbers: it cannot be
	}
	return s.PushManifest(tag, Manifest, string(text))
}

// PushManifest stores a manifest as it is.
func (s *Server) PushManifest(tag, mediaType, text string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	digest := Digest(text)
	s.manifests[tag] = manifest{mediaType, text}
	s.manifests[digest] = manifest{mediaType, text}
	return digest
}

func (s *Server) blob(l Layer) descriptor {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := descriptor{MediaType: l.Type, Digest: Digest(l.Text), Size: int64(len(l.Text))}
	s.blobs[d.Digest] = l.Text
	if l.Size != 0 {
		d.Size = l.Size
	}
	if l.Title != "" {
		d.Annotations = map[string]string{"org.opencontainers.image.title": l.Title}
	}
	return d
}

// Replace gives another text for a blob than its digest says.
func (s *Server) Replace(digest, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blobs[digest] = text
}

// Intercept has a function see the requests from now on first; it says true where it has answered. Connections of earlier requests
// may still be at work, so what it reads is its own or locked.
func (s *Server) Intercept(f func(w http.ResponseWriter, r *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.intercept = f
}

// Asked are the requests so far, "METHOD PATH".
func (s *Server) Asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.asked...)
}

// ServeHTTP is the part of the OCI distribution specification that a pull needs.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked = append(s.asked, r.Method+" "+r.URL.Path)
	intercept := s.intercept
	s.mu.Unlock()
	if intercept != nil && intercept(w, r) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if name, ok := strings.CutPrefix(r.URL.Path, "/v2/acme/policies/manifests/"); ok {
		if m, ok := s.manifests[name]; ok {
			w.Header().Set("Docker-Content-Digest", Digest(m.text))
			give(w, m.mediaType, m.text)
			return
		}
	}
	if digest, ok := strings.CutPrefix(r.URL.Path, "/v2/acme/policies/blobs/"); ok {
		if text, ok := s.blobs[digest]; ok {
			give(w, "application/octet-stream", text)
			return
		}
	}
	w.WriteHeader(http.StatusNotFound)
	_, _ = w.Write([]byte(`{"errors":[{"code":"MANIFEST_UNKNOWN","message":"nothing\n::warning::here"}]}`))
}

func give(w http.ResponseWriter, mediaType, text string) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	_, _ = w.Write([]byte(text)) // to a client that may have gone
}

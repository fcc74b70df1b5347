package registry

import (
	"fmt"
	"net/http"
	"os"

	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/credentials"
	"oras.land/oras-go/v2/registry/remote/retry"

	"github.com/passmuster/muster/policy"
)

// Access says how a registry is spoken to.
type Access struct {
	// PlainHTTP allows HTTP without TLS, or forbids it. Nil allows it to registries on this machine.
	PlainHTTP *bool
	// Username and Password are sent to the registry if it asks who calls. Without a name the Docker
	// configuration is asked: ~/.docker/config.json or that in $DOCKER_CONFIG, and the credential helper it names.
	Username, Password string
	// Agent is the User-Agent of requests.
	Agent string
	// Transport carries requests; nil is http.DefaultTransport, which heeds HTTPS_PROXY and NO_PROXY.
	Transport http.RoundTripper
}

// repository is a client of the repository of a reference. It retries what may pass, and sends credentials to the
// registry and to the token service it names, never to where it redirects.
func (a Access) repository(ref Reference) (*remote.Repository, error) {
	credential, err := a.credential(ref)
	if err != nil {
		return nil, err
	}
	base := a.Transport
	if base == nil {
		base = http.DefaultTransport
	}
	g := &guard{base: base, local: loopback(ref.oci.Host())}
	plain := g.local
	if a.PlainHTTP != nil {
		plain = *a.PlainHTTP
		g.any, g.local = plain, false
	}
	return &remote.Repository{
		Reference:        ref.oci,
		PlainHTTP:        plain,
		MaxMetadataBytes: policy.MaxManifest,
		Client: &auth.Client{
			Client:     &http.Client{Transport: retry.NewTransport(g)},
			Header:     http.Header{"User-Agent": {a.Agent}},
			Cache:      auth.NewCache(),
			Credential: credential,
		},
	}, nil
}

func (a Access) credential(ref Reference) (auth.CredentialFunc, error) {
	if a.Username != "" {
		return auth.StaticCredential(ref.oci.Host(), auth.Credential{Username: a.Username, Password: a.Password}), nil
	}
	if _, err := os.UserHomeDir(); err != nil && os.Getenv("DOCKER_CONFIG") == "" {
		return nil, nil // nobody is logged in
	}
	store, err := credentials.NewStoreFromDocker(credentials.StoreOptions{})
	if err != nil {
		return nil, mistakef("the Docker configuration: %v", err)
	}
	return credentials.Credential(store), nil
}

// guard refuses requests without TLS, wherever they come from: a redirect or the address of a token service may lead
// from a registry on this machine, or from one with TLS, to one that everybody on the way can read and change.
type guard struct {
	base  http.RoundTripper
	any   bool // every host may be spoken to without TLS
	local bool // this machine may
}

// RoundTrip sends a request, or refuses it.
func (g *guard) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme == "https" || g.any || g.local && loopback(r.URL.Host) {
		return g.base.RoundTrip(r)
	}
	return nil, fmt.Errorf("%s is not encrypted; --plain-http allows that", r.URL.Redacted())
}

package githubtest

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// description is GitHub's own, of the calls that muster makes; scripts/refresh-github-openapi.sh writes it.
//
//go:embed openapi/api.github.com.json
var description []byte

// contract is the description, read.
type contract struct {
	doc    *openapi3.T
	router routers.Router
}

// theContract reads the description once for all servers of a process.
var theContract = sync.OnceValues(func() (*contract, error) {
	doc, err := openapi3.NewLoader().LoadFromData(description)
	if err != nil {
		return nil, err
	}
	doc.Servers = openapi3.Servers{{URL: "/"}}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		return nil, err
	}
	return &contract{doc, router}, nil
})

var filterOptions = &openapi3filter.Options{
	AuthenticationFunc:    openapi3filter.NoopAuthenticationFunc,
	IncludeResponseStatus: true,
	MultiError:            true,
}

// request finds the operation of a request and holds the request to its description.
func (k *contract) request(r *http.Request, body []byte) (*openapi3filter.RequestValidationInput, error) {
	if err := acceptsJSON(r.Header.Get("Accept")); err != nil {
		return nil, err
	}
	route, params, err := k.router.FindRoute(r)
	if err != nil {
		return nil, fmt.Errorf("%w: add it to test/openapi if package github calls it", err)
	}
	copied := r.Clone(context.Background())
	copied.Body = io.NopCloser(bytes.NewReader(body))
	in := &openapi3filter.RequestValidationInput{Request: copied, PathParams: params, Route: route, Options: filterOptions}
	if err := unknownParameter(r, route); err != nil {
		return in, err
	}
	return in, openapi3filter.ValidateRequest(context.Background(), in)
}

// response holds an answer to the description, which leaves out many errors.
func (k *contract) response(in *openapi3filter.RequestValidationInput, status int, header http.Header, body []byte) error {
	if status >= http.StatusBadRequest && in.Route.Operation.Responses.Status(status) == nil {
		return nil
	}
	return openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: status, Header: header, Body: io.NopCloser(bytes.NewReader(body)), Options: filterOptions,
	})
}

// acceptsJSON: the previews of old are no longer described.
func acceptsJSON(accept string) error {
	if accept != "application/json" && accept != "application/vnd.github+json" {
		return fmt.Errorf("the header Accept is %s: want application/vnd.github+json", accept)
	}
	return nil
}

// unknownParameter: a validator lets parameters of a query pass that nobody describes, and a server ignores them, so that
// a misspelt filter would filter nothing.
func unknownParameter(r *http.Request, route *routers.Route) error {
	for name := range r.URL.Query() {
		if route.Operation.Parameters.GetByInAndName("query", name) == nil && route.PathItem.Parameters.GetByInAndName("query", name) == nil {
			return fmt.Errorf("the query has an unknown parameter %q", name)
		}
	}
	return nil
}

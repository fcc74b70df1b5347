package render

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"os"

	"github.com/passmuster/muster/loaders/render/helm"
	"github.com/passmuster/muster/loaders/render/kustomize"
)

// Verb is the hidden verb under which this program is its own renderer.
const Verb = "render-child"

// request is what the child reads from standard input: one thing to render, with all its files.
type request struct {
	MemoryBytes int64
	CPUSeconds  uint64
	Kustomize   *kustomize.Input `json:",omitempty"`
	Helm        *helm.Input      `json:",omitempty"`
}

// response is what the child writes to standard output.
type response struct {
	Kustomize *kustomize.Output `json:",omitempty"`
	Helm      *helm.Output      `json:",omitempty"`
	Error     string            `json:",omitempty"`
}

// maxRequest bounds what the child reads: everything a source is made of, in base64.
const maxRequest = 256 << 20

// Child is the whole life of the child process. It limits itself before it renders, and it has all
// files in its request: it needs no file, no network and no program, and gets none.
func Child(ctx context.Context, in io.Reader, out io.Writer) error {
	data, err := io.ReadAll(io.LimitReader(in, maxRequest))
	if err != nil {
		return err
	}
	var req request
	if err := json.Unmarshal(data, &req); err != nil {
		return err
	}
	if err := confine(req); err != nil {
		return err
	}
	res := answer(ctx, req)
	if res == nil {
		return errors.New("nothing to render; this verb is for muster itself")
	}
	return json.NewEncoder(out).Encode(res)
}

// answer renders what is asked for; nil = nothing is.
func answer(ctx context.Context, req request) *response {
	res := &response{}
	switch {
	case req.Kustomize != nil:
		got := kustomize.Run(*req.Kustomize)
		res.Kustomize = &got
	case req.Helm != nil:
		got, err := helm.Render(ctx, *req.Helm)
		if res.Helm = got; err != nil {
			res.Error = err.Error()
		}
	default:
		return nil
	}
	return res
}

// confine takes away from this process what rendering does not need. kustomize fetches whatever
// looks like a URL, with the default transport or with the program git, which it looks for on a
// PATH that the child has not; the parent lets no such entry through, and this is for the case
// that it errs.
func confine(req request) error {
	http.DefaultTransport = refusing{}
	log.SetOutput(io.Discard)
	os.Clearenv()
	return limitProcess(req.MemoryBytes, req.CPUSeconds)
}

// refusing is a network that carries nothing.
type refusing struct{}

func (refusing) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("muster fetches nothing")
}

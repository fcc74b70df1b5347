package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	discoveryv3 "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/envoyproxy/go-control-plane/pkg/cache/types"
	"github.com/envoyproxy/go-control-plane/pkg/cache/v3"
	"github.com/envoyproxy/go-control-plane/pkg/resource/v3"
	"github.com/envoyproxy/go-control-plane/pkg/server/v3"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/anypb"
)

// control is a management server that announces a file.
type control struct {
	server  *grpc.Server
	address string
}

// announced are the resources of a file, as the prediction read it.
func announced(path string) (map[resource.Type][]types.Resource, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read what is announced: %w", err)
	}
	var list struct{ Resources []json.RawMessage }
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	out := map[resource.Type][]types.Resource{}
	for _, raw := range list.Resources {
		var one anypb.Any
		if err := protojson.Unmarshal(raw, &one); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		m, err := one.UnmarshalNew()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		out[one.TypeUrl] = append(out[one.TypeUrl], m)
	}
	return out, nil
}

// listen takes a port for the control plane, so that the bootstrap can name it.
func listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen: %w", err)
	}
	return l, nil
}

// serve announces a file to everybody who asks.
func serve(ctx context.Context, l net.Listener, path string) (*control, error) {
	resources, err := announced(path)
	if err != nil {
		return nil, err
	}
	snapshot, err := cache.NewSnapshot("1", resources)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	// Nothing changes, so that no order has to be kept: with it, those who ask for one cluster of several would wait.
	snapshots := cache.NewSnapshotCache(false, everybody{}, nil)
	if err := snapshots.SetSnapshot(ctx, "", snapshot); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	c := &control{server: grpc.NewServer(), address: l.Addr().String()}
	discoveryv3.RegisterAggregatedDiscoveryServiceServer(c.server, server.NewServer(ctx, snapshots, nil))
	go c.server.Serve(l) //nolint:errcheck // it ends when it is stopped
	return c, nil
}

func (c *control) stop() { c.server.Stop() }

// everybody takes all clients for one.
type everybody struct{}

// ID is the same for all.
func (everybody) ID(*corev3.Node) string { return "" }

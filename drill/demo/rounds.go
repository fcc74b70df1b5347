package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"time"

	"github.com/passmuster/muster/drill/probe"
)

// settleWait bounds how long the first region may take to answer again before a round begins.
const settleWait = 40 * time.Second

// Ready waits until the service answers from its first region for a second: what one round has broken is whole before the next.
func (w *World) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, settleWait)
	defer cancel()
	pool, err := roots(filepath.Join(w.Dir, certsDir, "ca.pem"))
	if err != nil {
		return err
	}
	u, err := url.Parse(w.URL())
	if err != nil {
		return fmt.Errorf("the client has no address: %w", err)
	}
	target := probe.Target{Cell: "settling", Protocol: probe.HTTP1, Address: net.JoinHostPort(u.Hostname(), u.Port()), Host: Service, Path: "/", Statuses: []int{http.StatusOK},
		Echo: probe.Echo{Region: headerRegion}, TLS: &probe.TLS{ServerName: Service, Roots: pool, Verify: probe.VerifyName},
		Every: 50 * time.Millisecond, Timeout: w.Timeout + 500*time.Millisecond, Keep: true}
	s := &settling{want: w.Regions[0], enough: cancel}
	err = probe.Run(ctx, []probe.Target{target}, s, probe.Options{Wait: probe.ByTimer})
	if s.reached() {
		return nil
	}
	return fmt.Errorf("%s does not answer before the round: %w", w.Regions[0], errors.Join(err, context.Cause(ctx)))
}

package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"

	"github.com/passmuster/muster/analyzer/failover"
)

// Options say how a world is made.
type Options struct {
	Settings
	// Dir is an empty directory for what is announced, the certificates and the config.
	Dir string
	// Command is the command line of a child; it calls Part.
	Command []string
	// Env is added to the environment of children.
	Env []string
	// Tell is told what happens; nil = nobody is.
	Tell func(string)
	// Only are the fault modes that are drilled; nil = all that can be injected.
	Only []failover.Fault
	// Last is the last byte of the first region's address, and the second has the next: worlds that run side by side in one network
	// differ in it. 0 = 2.
	Last int
}

// World is a service in two regions, its control plane, and a client that obeys it.
type World struct {
	layout
	opts    Options
	control *control
	proxy   *child
	mu      sync.Mutex
	backend [2]*child
}

// Start makes a world. Whoever starts it closes it.
func Start(ctx context.Context, o Options) (*World, error) {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("no directory for the drill: %w", err)
	}
	w := &World{opts: o, layout: layout{Settings: o.Settings.withDefaults(), Service: Service, Domain: domain, Caller: caller, Regions: Regions, Dir: dir}}
	if err := w.start(ctx); err != nil {
		w.Close()
		return nil, err
	}
	return w, nil
}

func (w *World) start(ctx context.Context) error {
	if err := w.place(ctx); err != nil {
		return err
	}
	if err := w.certify(); err != nil {
		return err
	}
	for i := range w.Regions {
		if err := w.raise(ctx, i); err != nil {
			return err
		}
	}
	l, err := listen(ctx, "127.0.0.1:0")
	if err != nil {
		return err
	}
	w.Server = l.Addr().String()
	if err := w.write(); err != nil {
		return errors.Join(err, l.Close())
	}
	if w.control, err = serve(ctx, l, filepath.Join(w.Dir, resourcesFile)); err != nil {
		return errors.Join(err, l.Close())
	}
	certs := filepath.Join(w.Dir, certsDir)
	w.proxy, err = start(ctx, w.opts.Command, filepath.Dir(filepath.Join(w.Dir, bootstrapFile)), append([]string{"GRPC_XDS_BOOTSTRAP=" + filepath.Join(w.Dir, bootstrapFile)}, w.opts.Env...),
		part{Proxy: &proxy{Address: "127.0.0.1:0", Cert: filepath.Join(certs, "edge.pem"), Key: filepath.Join(certs, "edge.key")}})
	return err
}

// place chooses addresses, and ports that are free.
func (w *World) place(ctx context.Context) error {
	var listeners []net.Listener
	last := w.opts.Last
	if last == 0 {
		last = 2
	}
	for i := range w.Regions {
		w.Addresses[i] = "127.0.0.1"
		if runtime.GOOS == "linux" { // others have one address on loopback
			w.Addresses[i] = "127.0.0." + strconv.Itoa(last+i)
		}
		l, err := listen(ctx, net.JoinHostPort(w.Addresses[i], "0"))
		if err != nil {
			return err
		}
		listeners = append(listeners, l)
		if at, ok := l.Addr().(*net.TCPAddr); ok {
			w.Ports[i] = at.Port
		}
	}
	for _, l := range listeners { // only now, so that two on one address differ
		if err := l.Close(); err != nil {
			return fmt.Errorf("a port is not given back: %w", err)
		}
	}
	return nil
}

// certify issues what servers and clients show.
func (w *World) certify() error {
	certs := filepath.Join(w.Dir, certsDir)
	if err := Certify(certs, "client", "edge", w.Regions[0], w.Regions[1]); err != nil {
		return err
	}
	if w.Standby != OtherCA {
		return nil
	}
	other, err := newAuthority("another mesh")
	if err != nil {
		return err
	}
	return other.issue(certs, w.Regions[1], domain+w.Regions[1]+"/payments")
}

// Certify makes a CA and certificates for Service in a directory: ca.pem, and for each name NAME.pem and NAME.key.
func Certify(dir string, names ...string) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return fmt.Errorf("no directory for certificates: %w", err)
	}
	ca, err := newAuthority("payments.mesh")
	if err != nil {
		return err
	}
	if err := ca.write(dir, "ca.pem"); err != nil {
		return err
	}
	for _, name := range names {
		if err := ca.issue(dir, name, domain+name+"/payments"); err != nil {
			return err
		}
	}
	return nil
}

// raise starts the service in a region.
func (w *World) raise(ctx context.Context, i int) error {
	b := &backend{Region: w.Regions[i], Address: net.JoinHostPort(w.Addresses[i], strconv.Itoa(w.Ports[i]))}
	if w.Encrypted(i) {
		certs := filepath.Join(w.Dir, certsDir)
		b.Cert, b.Key, b.CA = filepath.Join(certs, w.Regions[i]+".pem"), filepath.Join(certs, w.Regions[i]+".key"), filepath.Join(certs, "ca.pem")
	}
	c, err := start(ctx, w.opts.Command, w.Dir, w.opts.Env, part{Backend: b})
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.backend[i] = c
	return nil
}

// URL is what a prober asks over TLS; its certificate is issued by the CA of the world, for Service.
func (w *World) URL() string { return "https://" + w.proxy.address + "/" }

// Scenario is what Inject brings about.
func (w *World) Scenario() failover.Scenario { return failover.One(failover.Region, w.Regions[0]) }

// Modes are the fault modes that can be injected here, and why the others cannot.
func (w *World) Modes() ([]failover.Fault, error) {
	switch {
	case runtime.GOOS == "windows":
		return []failover.Fault{failover.Crash}, errNeedsUnix
	case os.Getenv(Isolated) == "":
		return []failover.Fault{failover.Crash, failover.Hang}, errShared
	}
	return []failover.Fault{failover.Crash, failover.Hang, failover.Partition}, nil
}

var errNeedsUnix = errors.New("processes can be stopped on Unix only")

// Inject makes the first region fail.
func (w *World) Inject(ctx context.Context, mode string) error {
	w.mu.Lock()
	c := w.backend[0]
	w.mu.Unlock()
	w.tell("inject " + mode)
	switch failover.Fault(mode) {
	case failover.Crash:
		c.kill()
		return nil
	case failover.Hang:
		return c.pause()
	case failover.Partition:
		return blackhole(ctx, w.Addresses[0], true)
	}
	return fmt.Errorf("nobody knows how to inject %s", mode)
}

// Remove takes a fault back.
func (w *World) Remove(ctx context.Context, mode string) error {
	w.tell("remove " + mode)
	switch failover.Fault(mode) {
	case failover.Crash:
		return w.raise(ctx, 0)
	case failover.Hang:
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.backend[0].resume()
	case failover.Partition:
		return blackhole(ctx, w.Addresses[0], false)
	}
	return fmt.Errorf("nobody knows how to take %s back", mode)
}

func (w *World) tell(what string) {
	if w.opts.Tell != nil {
		w.opts.Tell(what)
	}
}

// Close ends all parts of the world.
func (w *World) Close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range []*child{w.proxy, w.backend[0], w.backend[1]} {
		if c != nil {
			c.kill()
		}
	}
	if w.control != nil {
		w.control.stop()
	}
}

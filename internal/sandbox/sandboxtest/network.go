package sandboxtest

import (
	"context"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
)

// Network is a loopback in memory. Its connections behave as TCP's do: buffers, deadlines, half close, resets. A real
// socket keeps the time of a testing/synctest bubble from passing; these don't. Make it inside the bubble that uses it.
// It is safe for concurrent use.
type Network struct {
	mu        sync.Mutex
	listeners map[string]*listener
	lastPort  int
	down      atomic.Bool
}

// firstPort is below the first port that is given out.
const firstPort = 40_000

func newNetwork() *Network { return &Network{listeners: map[string]*listener{}, lastPort: firstPort} }

// SetDown makes every further connection refused, or no longer. Connections that stand are left alone.
func (n *Network) SetDown(down bool) { n.down.Store(down) }

// Listen returns a listener on 127.0.0.1 and a port of its own. Who makes it closes it.
func (n *Network) Listen() net.Listener {
	n.mu.Lock()
	defer n.mu.Unlock()
	l := &listener{network: n, address: n.nextAddress(), arrived: make(chan *conn), closed: make(chan struct{})}
	n.listeners[l.address.String()] = l
	return l
}

// nextAddress needs the lock.
func (n *Network) nextAddress() net.Addr {
	n.lastPort++
	return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: n.lastPort}
}

// DialContext connects to a listener, as net.Dialer's does; the address must be the listener's, in figures. Where nobody
// listens the connection is refused at once. It is for http.Transport.
func (n *Network) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	n.mu.Lock()
	l, client := n.listeners[address], n.nextAddress()
	n.mu.Unlock()
	refused := &net.OpError{Op: "dial", Net: network, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	if l == nil || n.down.Load() {
		return nil, refused
	}
	dialed, accepted := pair(client, l.address)
	refused.Addr = l.address
	select {
	case l.arrived <- accepted:
		return dialed, nil
	case <-l.closed:
		return nil, refused
	case <-ctx.Done():
		return nil, &net.OpError{Op: "dial", Net: network, Addr: l.address, Err: ctx.Err()}
	}
}

type listener struct {
	network *Network
	address net.Addr
	arrived chan *conn
	closing sync.Once
	closed  chan struct{}
}

var _ net.Listener = (*listener)(nil)

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.arrived:
		return c, nil
	case <-l.closed:
		return nil, &net.OpError{Op: "accept", Net: "tcp", Addr: l.address, Err: net.ErrClosed}
	}
}

// Close implements net.Listener. Connections that were accepted stay.
func (l *listener) Close() error {
	l.closing.Do(func() {
		l.network.mu.Lock()
		delete(l.network.listeners, l.address.String())
		l.network.mu.Unlock()
		close(l.closed)
	})
	return nil
}

func (l *listener) Addr() net.Addr { return l.address }

package jfrog

import (
	"context"
	"net/http/httptrace"
	"sync/atomic"
)

// reach notes how far a request got. One that found no connection, since the host, a proxy or the TLS handshake refused
// it, can't have made a token.
type reach struct{ sought, got atomic.Bool }

func (r *reach) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { r.sought.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { r.got.Store(true) },
	})
}

// sent reports whether the request may have reached the server. A Doer that isn't net/http's tells nothing, and is taken
// to have sent it.
func (r *reach) sent() bool { return r.got.Load() || !r.sought.Load() }

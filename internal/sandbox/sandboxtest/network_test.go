package sandboxtest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// connect returns both ends of a connection over a network of its own.
func connect(t *testing.T) (client, server net.Conn) {
	t.Helper()
	network := newNetwork()
	listener := network.Listen()
	defer func() { _ = listener.Close() }()
	accepted := make(chan net.Conn)
	go func() {
		c, err := listener.Accept()
		if err != nil {
			t.Error(err)
		}
		accepted <- c
	}()
	client, err := network.DialContext(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return client, <-accepted
}

func TestConn_CarriesMoreThanItsBuffer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, server := connect(t)
		sent := bytes.Repeat([]byte("0123456789"), streamBuffer/3)
		go func() {
			if n, err := client.Write(sent); n != len(sent) || err != nil {
				t.Errorf("wrote %d of %d: %v", n, len(sent), err)
			}
			_ = client.(*conn).CloseWrite()
		}()
		got, err := io.ReadAll(server)
		if err != nil || !bytes.Equal(got, sent) {
			t.Errorf("read %d bytes, %v", len(got), err)
		}
		if _, err := server.Write([]byte("answer")); err != nil { // the other direction stays open
			t.Errorf("after a half close: %v", err)
		}
		if _, err := client.Write([]byte("x")); !errors.Is(err, syscall.EPIPE) {
			t.Errorf("writing after CloseWrite: %v", err)
		}
	})
}

func TestConn_WriterWaitsForRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, _ := connect(t)
		_ = client.SetWriteDeadline(time.Now().Add(time.Minute))
		began := time.Now()
		n, err := client.Write(make([]byte, streamBuffer+1))
		if n != streamBuffer || !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) != time.Minute {
			t.Errorf("wrote %d in %s: %v", n, time.Since(began), err)
		}
	})
}

func TestConn_Deadlines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, server := connect(t)
		read := func() error {
			_, err := client.Read(make([]byte, 1))
			return err
		}
		_ = client.SetReadDeadline(time.Now().Add(time.Second))
		began := time.Now()
		err := read()
		var timeout net.Error
		if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &timeout) || !timeout.Timeout() || time.Since(began) != time.Second {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
		_ = client.SetReadDeadline(time.Unix(1, 0)) // net/http's way to interrupt a read
		if err := read(); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a deadline in the past: %v", err)
		}
		_ = client.SetDeadline(time.Time{})
		go func() {
			time.Sleep(time.Hour)
			_, _ = server.Write([]byte("x"))
		}()
		if err := read(); err != nil {
			t.Errorf("without a deadline: %v", err)
		}
		blocked := make(chan error)
		go func() { blocked <- read() }()
		synctest.Wait()
		_ = client.SetReadDeadline(time.Now())
		if err := <-blocked; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a deadline set while it reads: %v", err)
		}
	})
}

func TestConn_Ends(t *testing.T) {
	t.Parallel()
	linger0 := func(c net.Conn) { _ = c.(*conn).SetLinger(0) }
	for name, tt := range map[string]struct {
		before func(c net.Conn) // at the end that closes
		unread bool             // the closing end was sent something that it never read
		read   error            // at the other end, behind the data
		write  error            // of all but the first, where that is EPIPE
	}{
		"closed":                   {func(net.Conn) {}, false, nil, syscall.EPIPE},
		"reset":                    {linger0, false, syscall.ECONNRESET, syscall.ECONNRESET},
		"closed with data unread":  {func(net.Conn) {}, true, syscall.ECONNRESET, syscall.ECONNRESET},
		"half closed, then closed": {func(c net.Conn) { _ = c.(*conn).CloseWrite() }, false, nil, syscall.EPIPE},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client, server := connect(t)
				if _, err := server.Write([]byte("last words")); err != nil {
					t.Fatal(err)
				}
				if tt.unread {
					_, _ = client.Write([]byte("x"))
				}
				tt.before(server)
				if err := server.Close(); err != nil {
					t.Error(err)
				}
				got, err := io.ReadAll(client) // which takes an end of file for none
				if string(got) != "last words" || !errors.Is(err, tt.read) {
					t.Errorf("read %q, %v, want %v", got, err, tt.read)
				}
				if errors.Is(tt.write, syscall.EPIPE) { // the closed end answers the first write with a reset
					if _, err := client.Write([]byte("x")); err != nil {
						t.Errorf("the first write to a closed end: %v", err)
					}
				}
				if _, err := client.Write([]byte("x")); !errors.Is(err, tt.write) {
					t.Errorf("write: %v, want %v", err, tt.write)
				}
				for what, err := range map[string]error{"read": second(server.Read(make([]byte, 1))), "write": second(server.Write([]byte("x"))), "close": server.Close()} {
					if !errors.Is(err, net.ErrClosed) {
						t.Errorf("%s after Close: %v", what, err)
					}
				}
			})
		})
	}
}

func second(_ int, err error) error { return err }

// A reset reads as the net package words it.
func TestConn_ResetIsAnOpError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, server := connect(t)
		_ = server.(*conn).SetLinger(0)
		_ = server.Close()
		_, err := client.Read(make([]byte, 1))
		var op *net.OpError
		if !errors.As(err, &op) || op.Op != "read" || err.Error() != "read tcp 127.0.0.1:40002->127.0.0.1:40001: read: connection reset by peer" {
			t.Errorf("got %v", err)
		}
	})
}

func TestNetwork_RefusesConnections(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		network := newNetwork()
		listener := network.Listen()
		address := listener.Addr().String()
		dial := func(ctx context.Context) error {
			c, err := network.DialContext(ctx, "tcp", address)
			if err == nil {
				_ = c.Close()
			}
			return err
		}
		network.SetDown(true)
		if err := dial(t.Context()); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("down: %v", err)
		}
		network.SetDown(false)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := dial(ctx); !errors.Is(err, context.DeadlineExceeded) { // nobody accepts
			t.Errorf("up: %v", err)
		}
		waiting := make(chan error)
		go func() { waiting <- dial(t.Context()) }()
		synctest.Wait()
		_ = listener.Close()
		if err := <-waiting; !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("closed meanwhile: %v", err)
		}
		if err := dial(t.Context()); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("closed: %v", err)
		}
		if _, err := listener.Accept(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("accept: %v", err)
		}
	})
}

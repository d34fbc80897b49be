package process

import (
	"bytes"
	"os"
	"syscall"
	"testing"
	"time"
)

// The command leaves a zombie in its group: its parent, which is in a session of its own, never asks how it ended. So does
// the PID 1 of many containers.
func TestRun_DoesNotWaitForZombies(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		script      string
		least, most time.Duration
	}{
		"only a zombie":                 {`sh -c 'sleep 0.1 & exec setsid sleep 8' & `, 0, 3 * time.Second},
		"a zombie and a living process": {`sh -c 'sleep 0.1 & exec setsid sleep 8' & (trap "" TERM; exec sleep 8) & `, 4 * time.Second, 7 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			read, write, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer read.Close() //nolint:errcheck // a test's own pipe
			c := command(t, test.script+`sleep 0.5; echo ready; exec sleep 8`, new(bytes.Buffer))
			signals, sent := make(chan os.Signal), time.Time{}
			c.Stdout, c.Stderr, c.Signals = write, nil, signals
			c.OnStop = func(os.Signal) time.Duration { return 4 * time.Second }
			go func() {
				_, _ = read.Read(make([]byte, 6))
				sent = time.Now()
				signals <- syscall.SIGTERM
			}()
			status, err := c.Run()
			_ = write.Close()
			if took := time.Since(sent); err != nil || status != 128+int(syscall.SIGTERM) || took < test.least || took > test.most {
				t.Errorf("status %d, %v, after %s", status, err, took)
			}
		})
	}
}

func TestOnlyZombies_KnowsItsOwnGroup(t *testing.T) {
	t.Parallel()
	if onlyZombies(syscall.Getpgrp()) {
		t.Error("this process's own group passes for one of zombies")
	}
	if onlyZombies(1 << 30) {
		t.Error("a group that isn't there passes for one of zombies")
	}
}

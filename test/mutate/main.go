package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync"
)

// packages are those whose tests are tried.
const packages = "action internal/jfrog internal/inputs internal/httpapi internal/redact internal/ci internal/cli"

// others run when a package's own tests saw nothing, quick ones first.
const others = "internal/inputs internal/cli action cmd/frogmint test/docs test/proof"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

type options struct {
	root, known, only string
	packages, others  []string
	n                 int
	seed              uint64
}

func parse(args []string) (options, error) {
	var o options
	var own, rest string
	flags := flag.NewFlagSet("mutate", flag.ContinueOnError)
	flags.StringVar(&o.root, "root", "../..", "the checkout")
	flags.StringVar(&o.known, "known", "known.txt", "mutations that change no behaviour")
	flags.StringVar(&o.only, "only", "", "only mutations whose file, function or change contains this")
	flags.StringVar(&own, "packages", packages, "what is mutated")
	flags.StringVar(&rest, "others", others, "whose tests run when a package's own saw nothing")
	flags.IntVar(&o.n, "n", 140, "how many mutations that compile")
	flags.Uint64Var(&o.seed, "seed", 1, "which ones")
	err := flags.Parse(args)
	o.packages, o.others = strings.Fields(own), strings.Fields(rest)
	return o, err
}

func run(ctx context.Context, args []string, out io.Writer) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	known, err := readKnown(o.known)
	if err != nil {
		return err
	}
	r, err := newRunner(o)
	if err != nil {
		return err
	}
	defer r.close()
	t := tally{out: out, known: known}
	queues := map[string]*queue{}
	for _, pkg := range o.packages {
		found, err := collect(o.root, pkg)
		if err != nil {
			return err
		}
		found = slices.DeleteFunc(found, func(m mutation) bool { return !strings.Contains(m.key(), o.only) })
		queues[pkg] = newQueue(found, o.seed)
	}
	work(ctx, o, queues, r, &t)
	t.print()
	return ctx.Err()
}

// work tries n mutations, two at a time.
func work(ctx context.Context, o options, queues map[string]*queue, r *runner, t *tally) {
	turns := make(chan string)
	var workers sync.WaitGroup
	for range 2 {
		workers.Go(func() {
			for pkg := range turns {
				try(ctx, pkg, queues[pkg], r, t)
			}
		})
	}
	for i := 0; i < o.n && ctx.Err() == nil; i++ {
		turns <- o.packages[i%len(o.packages)]
	}
	close(turns)
	workers.Wait()
}

// try takes mutations of a package until one compiles and isn't known to change nothing.
func try(ctx context.Context, pkg string, q *queue, r *runner, t *tally) {
	for ctx.Err() == nil {
		m, ok := q.next()
		if !ok {
			return
		}
		if reason, ok := t.known[m.key()]; ok {
			t.equivalent(m, reason)
			continue
		}
		result, err := r.kill(ctx, m)
		if err != nil {
			t.failed(m, err)
			return
		}
		if result.compiled {
			t.add(m, result, pkg)
			return
		}
	}
}

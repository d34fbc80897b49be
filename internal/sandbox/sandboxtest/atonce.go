package sandboxtest

import (
	"flag"
	"runtime/debug"
)

// AtOnce lets so many parallel tests of the binary run at a time, unless the flag -parallel says how many: tests that wait
// for something would otherwise wait for each other, two at a time on two cores. It takes memory for time, too: a quarter of
// what thousands of small servers cost was their garbage, and temporary files are in memory. It is for TestMain, before
// anything else of it.
func AtOnce(tests string) {
	flag.Parse()
	inMemory()
	debug.SetGCPercent(400)
	if parallel := flag.Lookup("test.parallel"); parallel != nil && parallel.Value.String() == parallel.DefValue {
		_ = parallel.Value.Set(tests)
	}
}

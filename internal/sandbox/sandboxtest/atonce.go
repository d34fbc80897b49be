package sandboxtest

import "flag"

// AtOnce lets so many parallel tests of the binary run at a time, unless the flag -parallel says how many: tests that wait
// for something would otherwise wait for each other, two at a time on two cores. It is for TestMain.
func AtOnce(tests string) {
	flag.Parse()
	if parallel := flag.Lookup("test.parallel"); parallel != nil && parallel.Value.String() == parallel.DefValue {
		_ = parallel.Value.Set(tests)
	}
}

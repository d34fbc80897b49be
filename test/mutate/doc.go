// Mutate changes the product in one place at a time and asks whether a test notices:
//
//	bash .ci/mutate [N] [SEED]
//
// A condition is negated, a statement or a case is dropped, a constant is changed, an error is lost. N such mutations that
// compile (140), spread evenly over the packages and chosen by SEED, are laid over the checkout (go test -overlay), which
// stays as it is. The package's own tests run first, then the others that may notice. What no test notices is a missing
// test, needless code, or code that does the same either way: known.txt lists the latter, each with its reason.
//
// Words for people aren't changed: golden files and documents hold them. Nor are files of other systems than Linux.
package main

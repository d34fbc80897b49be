package jfrog_test

import (
	"testing"

	"github.com/frogmint/frogmint/internal/jfrog"
)

// BenchmarkParseScope reads what a mapping may grant, and compares it with what was asked.
func BenchmarkParseScope(b *testing.B) {
	for name, text := range map[string]string{
		"user":   "applied-permissions/user",
		"groups": `applied-permissions/groups:readers,deployers,"a, b",CI system:metrics:r artifact:libs-local/*:r,w`,
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				scope, err := jfrog.ParseScope(text)
				if err != nil || len(scope.Beyond(scope)) > 0 {
					b.Fatal(err)
				}
			}
		})
	}
}

module github.com/frogmint/frogmint/test/mutate

go 1.26

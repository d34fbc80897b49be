package cli

const usage = `Usage:
    frogmint version
`

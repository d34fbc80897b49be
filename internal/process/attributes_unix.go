//go:build unix && !linux

package process

import "syscall"

// attributes gives the child a group of its own.
func attributes(group bool) *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: group} }

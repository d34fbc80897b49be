package process

import "syscall"

// attributes gives the child a group of its own, and the end of the wrapper as its own end: a runner that kills the
// wrapper's group wouldn't reach the child's.
func attributes(group bool) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: group, Pdeathsig: syscall.SIGKILL}
}

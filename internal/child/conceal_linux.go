package child

import "syscall"

// Conceal keeps other processes of the same user, the child among them, from reading this one's environment and memory
// below /proc: the credentials that a child doesn't inherit are there. Root with CAP_SYS_PTRACE still can. It also keeps a
// crash from handing the memory to a program that collects core dumps, which no limit of their size does.
func Conceal() { _, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_DUMPABLE, 0, 0) }

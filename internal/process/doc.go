// Package process runs one command as a child process: signals are handed on to it, its exit status becomes the wrapper's, and
// no part of it outlives the wrapper. It also hides the wrapper's own memory from other processes.
//
// # Signals
//
// The signals that are handed on are INT, TERM, HUP, QUIT, USR1, USR2 and WINCH. The first four ask the command to end. They
// go to its whole process group, as from a terminal: a shell that runs a command keeps an INT to itself, and at a TERM leaves
// its command behind. The others go to the command alone. Once asked to end, the group has a grace period; what is left of it
// then is killed. A command that ends by itself may leave processes behind.
//
// A command that is started from a terminal stays in the terminal's foreground group, or it couldn't read from it. Its
// processes can't be told from the wrapper's then, so signals go to the command alone. What is typed at the terminal (INT,
// QUIT, and WINCH) has reached it already and is not sent again.
//
// # Platforms
//
//	                          Linux                     other Unix            Windows
//	signals handed on         all of the list           all of the list       none: there are none to send; the console
//	                                                                          tells every process of it by itself
//	after the grace period    the group is killed       the group is killed   the command is killed, not what it started
//	wrapper's parent dies     noticed at once           within half a second  not noticed
//	wrapper is killed         the command is killed,    the command goes on   the command goes on
//	                          not what it started
//
// A parent that dies before [NewWatcher] is called is not noticed anywhere.
package process

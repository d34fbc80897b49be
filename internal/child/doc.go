// Package child runs one command with signals handed on to it, so that whoever wraps it ends when it ends, with its exit
// status, and never without it.
//
// # Signals
//
// What is handed on is a list: INT, TERM, HUP, QUIT, USR1, USR2 and WINCH. The first four ask the command to end. They go
// to its whole process group, as a terminal sends them, because a shell that runs a command keeps an INT to itself and
// leaves its command behind at a TERM; the others go to the command alone. Once asked to end, the group has [Command.Grace];
// what is left of it then is killed. A command that ends by itself may leave processes behind.
//
// A command started from a terminal stays in the terminal's foreground group, or it couldn't read from it. Its processes
// can't be told from the wrapper's then, so signals go to the command alone. What is typed at the terminal (INT, QUIT, and
// WINCH) has reached it already and is not sent again.
//
// # Platforms
//
//	                          Linux                     other Unix            Windows
//	signals handed on         all of the list           all of the list       none: there are none to send; the console
//	                                                                          tells every process of it by itself
//	after the grace           the group is killed       the group is killed   the command is killed, not what it started
//	wrapper's parent dies     noticed at once           within half a second  not noticed
//	wrapper is killed         the command is killed,    the command goes on   the command goes on
//	                          not what it started
//
// A parent that dies before [FollowParent] is called is not noticed anywhere.
package child

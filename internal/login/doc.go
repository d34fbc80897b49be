// Package login lets package clients of a JFrog platform find a job's token, and takes it away again.
//
// One file holds one client: which variables it reads, what is in the files that they name, and what the user's own files
// add to it. Nothing is written outside of one private folder, and no client's own file is changed: removing the folder is
// all it takes to log out.
//
// Where frogmint exec runs beside the clients, some ask it through a credential helper, which speaks the client's own protocol and
// is in the client's file: a function from a Question to a text or an error.
//
// A Login is made in three steps. New reads the list and the user's own files and finds what can't work while there is no
// token yet; Open makes the folder; Write fills it, once for each token.
package login

// The post step: main.mjs, which knows its step by the name of the file that node was started with. No variable tells it,
// since an earlier step could set one, and a job that is canceled early would leave it unset.
import './main.mjs'

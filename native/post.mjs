import './main.mjs' // the post step, known by this file's name: an earlier step could set a variable, or one be missing

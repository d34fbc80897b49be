import './main.mjs' // the post step, known by this file's name: a variable could be set by an earlier step, or be missing

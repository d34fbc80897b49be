// The post step: main.mjs knows it by this file's name. A variable could be set by an earlier step, or be missing.
import './main.mjs'

// frogmint without Docker. The main step chooses the binary of this platform, provides it in the tool cache and
// runs it as frogmint-main; the post step runs it as frogmint-post and trusts the saved path and sha256 only. What was
// downloaded is run only if it has the sha256 in release.json, a part of this commit. Credentials for JFrog are read by
// the binary, from the environment that it inherits, and never here.
import { spawn } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import fs from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import os from 'node:os'
import path from 'node:path'

const { env } = process
const exe = process.platform === 'win32' ? '.exe' : ''
const step = path.basename(process.argv[1]) === 'post.mjs' ? 'post' : 'main'
const { version, sha256: sums } = JSON.parse(fs.readFileSync(new URL('release.json', import.meta.url), 'utf8'))
const limit = { bytes: 30e6, attempts: 3, redirects: 5, idleSeconds: 60 }
const reach = 'see what answers there (HTTPS_PROXY, NO_PROXY, NODE_EXTRA_CA_CERTS), or set download-url or binary'
const problem = (cause, fix) => Object.assign(new Error(cause), { fix }) // one without a fix is tried again
const annotate = (level, text) => console.log(`::${level}::` + text.replace(/[%\r\n]/g, encodeURIComponent))
const input = name => (env[`INPUT_${name.toUpperCase()}`] || '').trim()
const save = binary => fs.appendFileSync(env.GITHUB_STATE, `frogmint-binary=${JSON.stringify(binary)}${os.EOL}`)
const sum = bytes => createHash('sha256').update(bytes).digest('hex')
const isFile = file => fs.statSync(file, { throwIfNoEntry: false })?.isFile() // reading a pipe would never end
const sumOfFile = file => (isFile(file) ? sum(fs.readFileSync(file)) : 'none')
const isLoopback = url => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)

try {
  if (step === 'main') save(null) // voids what an earlier step may have exported by the state's name
  const binary = step === 'main' ? choose() : JSON.parse(env['STATE_frogmint-binary'] || 'null')
  if (binary) {
    await provide(binary) // in the post step too: a step may have emptied the tool cache, or changed what is there
    if (step === 'main') save(binary)
    process.exitCode = await run(binary.file)
  } else console.log('nothing to revoke: the main step ran no binary')
} catch (error) {
  const alive = step === 'post' ? '; a token that the main step minted is not revoked, and lives until it expires' : ''
  annotate('error', `${error.message}\nhint: ${error.fix || 'see whether it is there and may be used'}${alive}`)
  process.exitCode = 1
}

function choose() {
  const given = input('binary') && path.resolve(input('binary'))
  if (given) return { file: given, sha256: sum(fs.readFileSync(given)) }
  if (version === 'dev') throw problem('this commit is no release and has no binaries', 'use a release, or set binary')
  const platform = `${exe ? 'windows' : process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`
  if (!sums[platform]) throw problem(`no binary for ${platform}`, `use ${Object.keys(sums).join(', ')}, or set binary`)
  const base = input('download-url') || 'https://github.com/frogmint/frogmint/releases/download'
  const url = allowed(`${base.replace(/\/+$/, '')}/v${version}/frogmint-${platform}${exe}`)
  const folder = path.join(env.RUNNER_TOOL_CACHE || env.RUNNER_TEMP, 'frogmint', version, process.arch)
  return { file: path.join(folder, `frogmint${exe}`), sha256: sums[platform], url }
}

async function provide({ file, sha256, url }) {
  const found = sumOfFile(file)
  if (found !== sha256) {
    const changed = `${file} is gone or changed: its sha256 is ${found}, not ${sha256}`
    if (!url) throw problem(changed, 'find the step that changes it')
    if (found !== 'none') annotate('warning', `${changed}; it is replaced and not run`)
    const bytes = await download(new URL(url))
    const what = bytes.toString('utf8', 0, 99).trimStart().startsWith('<') ? 'a web page' : 'another file'
    const got = `${bytes.length} bytes, sha256 ${sum(bytes)}, not ${sha256}`
    if (sum(bytes) !== sha256) throw problem(`${url} is ${what}: ${got}`, reach)
    install(file, bytes)
    console.log(`downloaded from ${new URL(url).host}`)
  }
  console.log(`frogmint ${url ? version : 'binary'}: ${file}, sha256 ${sha256}`)
}

// install puts the file in its place whole and at once: another job may do the same, or run it.
function install(file, bytes) {
  const [folder, temporary] = [path.dirname(file), `${file}.${randomUUID()}`]
  fs.mkdirSync(folder, { recursive: true })
  try {
    fs.writeFileSync(temporary, bytes, { mode: 0o755 })
    if (!isFile(file)) fs.rmSync(file, { recursive: true, force: true })
    fs.renameSync(temporary, file)
  } catch (error) {
    fs.rmSync(temporary, { force: true })
    if (sumOfFile(file) !== sum(bytes)) throw error // Windows can't replace what another job runs by now
  }
  fs.writeFileSync(`${folder}.complete`, '')
}

// download tries again after network errors and 5xx answers. It shows no query of a URL, which can be a credential.
async function download(url, redirects = limit.redirects, attempt = 1) {
  const abort = new AbortController()
  const idle = setTimeout(() => abort.abort(`no data for ${limit.idleSeconds} s`), limit.idleSeconds * 1000).unref()
  let [size, chunks] = [0, []]
  try {
    const response = await send(url, abort.signal)
    const { statusCode: status, headers: { location } } = response
    if (status > 300 && status < 309 && location && redirects) return download(allowed(location, url), redirects - 1)
    if (status !== 200) throw problem(`answered ${status}${redirects ? '' : ' (5 redirects)'}`, status < 500 && reach)
    for await (const chunk of response) {
      idle.refresh()
      chunks.push(chunk)
      if ((size += chunk.length) > limit.bytes) throw problem(`it has more than ${limit.bytes} bytes`, reach)
    }
    return Buffer.concat(chunks)
  } catch (error) {
    const cause = abort.signal.reason || (error.message || error.code).replace(/^aborted$/, 'connection ended early')
    const text = `downloading ${url.origin + url.pathname}: ${cause} (attempt ${attempt}, ${size} bytes)`
    if (error.fix || attempt === limit.attempts) throw problem(text, error.fix || reach)
    annotate('notice', text)
  } finally {
    abort.abort()
  }
  await new Promise(resolve => setTimeout(resolve, attempt * 1000))
  return download(url, redirects, attempt + 1)
}

// send asks for a URL, through a tunnel where the environment names a proxy for it.
async function send(url, signal) {
  const ask = (to, event, more) => once((to.protocol === 'https:' ? https : http)
    .request(to, { agent: false, signal, ...more }).on('error', () => {}).end(), event)
  const target = `${url.hostname}:${url.port || 443}`
  const names = (env.NO_PROXY || env.no_proxy || '').toLowerCase().split(/[\s,]+/).filter(Boolean)
  const covers = name => [target, url.hostname].some(host => `.${host}`.endsWith(name.replace(/^\*?\.?/, '.')))
  const named = isLoopback(url) || names.includes('*') || names.some(covers) ? '' : env.HTTPS_PROXY || env.https_proxy
  let response, socket
  if (named) {
    if (!/^(https?:\/\/)?[^/?#]+\/?$/.test(named)) throw problem('HTTPS_PROXY is no http proxy', 'use http://HOST:PORT')
    const proxy = new URL(named.includes('://') ? named : `http://${named}`)
    const user = Buffer.from(decodeURIComponent(`${proxy.username}:${proxy.password}`)).toString('base64')
    const headers = { host: target, ...(proxy.username && { 'proxy-authorization': `Basic ${user}` }) }
    ;[response, socket] = await ask(proxy, 'connect', { method: 'CONNECT', path: target, headers, auth: null })
    if (response.statusCode !== 200) throw problem(`the proxy ${proxy.host} answered ${response.statusCode}`, reach)
  }
  return (await ask(url, 'response', { socket }))[0]
}

// allowed parses a URL to download from.
function allowed(text, base) {
  const url = URL.canParse(text, base) ? new URL(text, base) : {}
  const secure = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))
  if (secure && !url.username && !url.password) return url
  throw problem('not a URL for downloads: https, or http to loopback, without a user', 'correct download-url')
}

// run hands signals on; on Windows the binary gets them itself, from the console.
async function run(file) {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK']) process.on(name, () => exe || child.kill(name))
  const child = spawn(file, [], { argv0: `frogmint-${step}`, stdio: 'inherit' })
  const [code, signal] = await once(child, 'exit')
  if (signal) annotate('error', `frogmint was ended by ${signal}: a token that it minted may still be alive`)
  return code ?? 128 + os.constants.signals[signal]
}

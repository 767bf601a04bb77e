#!/usr/bin/env bash
# Each example as its reader would run it: copied into an empty folder, with the packed package
# installed there, and what it says compared with what Google's own code says (greedy.json).
#
#     docs/examples/run.sh [TARBALL]     packs one itself when none is given
#
# SCREENSHOT=page.png keeps pictures of the pages; CHROMIUM=/path/to/chrome names the browser.
# Exit code: 1 if an example failed, 2 if all that ran are well but one could not run.
set -uo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
root="$(cd "$here/../.." && pwd)"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
export npm_config_fund=false npm_config_audit=false npm_config_update_notifier=false

if [ $# -gt 0 ]; then
  tarball="$(cd "$(dirname "$1")" && pwd)/$(basename "$1")"
else
  npm pack "$root" --silent --pack-destination "$scratch" >/dev/null || exit 1
  tarball="$(echo "$scratch"/gemma-reference-*.tgz)"
fi

golden="$root/fixtures/tiny-stories-it/greedy.json"
expected="$(node -p 'JSON.parse(fs.readFileSync(process.argv[1]))[0].greedy_text.replace("<end_of_turn>", "")' "$golden")"
question="Tell me a story about Mira the fox."
failed=()
skipped=()

# check NAME COMMAND...: what the command says last must be the golden text.
check() {
  local name="$1" said begin=$SECONDS
  shift
  said="$("$@" 2>"$scratch/stderr" | tail -n 1)"
  if [ "$said" = "$expected" ]; then
    printf 'ok       %-44s %2d s\n' "$name" $((SECONDS - begin))
  else
    printf 'FAILED   %s\n  expected %s\n  got      %s\n' "$name" "$expected" "$said"
    sed 's/^/  | /' "$scratch/stderr"
    failed+=("$name")
  fi
}

# passes NAME COMMAND...: the command must succeed.
passes() {
  local name="$1" begin=$SECONDS
  shift
  if "$@" >"$scratch/output" 2>&1; then
    printf 'ok       %-44s %2d s\n' "$name" $((SECONDS - begin))
  else
    printf 'FAILED   %s\n' "$name"
    sed 's/^/  | /' "$scratch/output"
    failed+=("$name")
  fi
}

# quiet COMMAND...: succeeds if the command does, and has nothing to say on stderr.
quiet() {
  "$@" 2>"$scratch/stderr" || { cat "$scratch/stderr" && return 1; }
  cat "$scratch/stderr"
  [ ! -s "$scratch/stderr" ]
}

skip() {
  printf 'SKIPPED  %s: %s\n' "$1" "$2"
  skipped+=("$1")
}

# install FOLDER PACKAGE...: shows what npm says only if it fails.
install() {
  npm install --prefix "$1" "${@:2}" >"$scratch/output" 2>&1 && return
  sed 's/^/  | /' "$scratch/output"
  return 1
}

# fresh EXAMPLE: goes to a new copy of the example, with the package installed as a user would.
fresh() {
  cp -R "$here/$1" "$scratch/$1" && cd "$scratch/$1" && install . "$tarball" && return
  failed+=("$1: npm install")
  return 1
}

# runtime NAME@VERSION: a runtime from npm, installed beside the example: not in it, where its users have none.
runtime() {
  local name="${1%@*}"
  local bin="$scratch/$name-runtime/node_modules/.bin"
  if install "$scratch/$name-runtime" "$1" && "$bin/$name" --version >"$scratch/version" 2>&1; then
    PATH="$bin:$PATH"
  else
    skip "$name" "cannot be installed from npm here"
    return 1
  fi
}

if fresh javascript; then
  check "javascript: node $(node --version)" npm start --silent
  check "javascript: the command line" npx --no-install gemma-reference generate --chat "$question"
  # Node 20.19 and later can require() modules.
  passes "javascript: require()" node --input-type=commonjs --throw-deprecation -e \
    'if (!require("gemma-reference").Gemma || !require("gemma-reference/nn").rmsNorm) process.exit(1)'
fi

if fresh training-worker; then
  passes "training-worker: node $(node --version)" npm start --silent
fi

if fresh typescript; then
  check "typescript: $(npx --no-install tsc --version), nodenext" npm start --silent
  passes "typescript: bundler resolution" npx --no-install tsc --noEmit \
    --module esnext --moduleResolution bundler
fi

if runtime deno@2 && fresh deno; then
  check "$(head -n 1 "$scratch/version" | cut -d ' ' -f 1,2)" deno task --quiet start
  check "deno: the command line" \
    deno run -A node_modules/.bin/gemma-reference generate --chat "$question"
fi

if runtime bun@1 && fresh bun; then
  check "bun $(cat "$scratch/version")" bun run --silent start
  check "bun: the command line" bunx --bun gemma-reference generate --chat "$question"
fi

browser="${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome)}"

# built EXAMPLE: builds its page, and brings what opens it.
built() {
  passes "$1: build, without a warning" quiet npm run build --silent
  cp "$here"/{open,read,ask}-page.mjs .
  [ -n "$browser" ] && return
  skip "$1: the page" "no Chromium; install one, or name it: CHROMIUM=/path/to/chrome"
  return 1
}

if fresh vite && install . --no-save playwright-core@1 && built vite; then
  check "vite: the page in $(basename "$browser")" node read-page.mjs "$browser" ${SCREENSHOT:+"$SCREENSHOT"}
fi

if fresh worker && install . --no-save playwright-core@1 && built worker; then
  for backend in wasm webgpu auto; do
    check "worker: $backend in $(basename "$browser")" \
      node ask-page.mjs "$browser" "$backend" "$question" ${SCREENSHOT:+"${SCREENSHOT%.png}-$backend.png"}
  done
fi

echo
echo "$SECONDS s, ${#failed[@]} failed, ${#skipped[@]} could not run"
[ ${#failed[@]} -eq 0 ] || exit 1
[ ${#skipped[@]} -eq 0 ] || exit 2

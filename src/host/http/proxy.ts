// Which proxy the environment names for an address: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY as Go and curl read them.
import { BlockList, isIP } from "node:net";
import { failure } from "../../diagnostic/build-error.ts";
import type { ProxyServer } from "../host.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const PORTS: Readonly<Record<string, number>> = { http: 80, https: 443, socks5: 1080 };

/**
 * The proxy on the way to an address; `undefined` for a direct connection. As Go, this machine itself is never reached
 * by proxy; unlike Go, which has only the first two, ALL_PROXY stands in for both, as with curl.
 */
export function findProxy(url: URL, env: Environment): ProxyServer | undefined {
  const host = stripBrackets(url.hostname);
  const name = url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const [set, value] = findFirstSet(env, [name, name.toLowerCase(), "ALL_PROXY", "all_proxy"]);
  if (value === "" || isLoopback(host)) {
    return undefined;
  }
  // A web server passes on a header "Proxy" of its visitors under this name.
  if (set === "HTTP_PROXY" && env["REQUEST_METHOD"]) {
    return undefined;
  }
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  const [, exempt] = findFirstSet(env, ["NO_PROXY", "no_proxy"]);
  return isExempt(host, port, exempt) ? undefined : readProxy(set, value);
}

function findFirstSet(env: Environment, names: readonly string[]): readonly [name: string, value: string] {
  const name = names.find((candidate) => env[candidate]) ?? "";
  return [name, env[name] ?? ""];
}

function readProxy(variable: string, value: string): ProxyServer {
  const address = value.includes("://") ? value : `http://${value}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const kind = url?.protocol.replace(/^socks5h:$/, "socks5:").slice(0, -1);
  const host = url === undefined ? "" : stripBrackets(url.hostname);
  if (url === undefined || host === "" || (kind !== "http" && kind !== "https" && kind !== "socks5")) {
    throw failure("environment", "http/proxy", `${variable} does not name a proxy that can be used`, {
      detail:
        "Proxies are named as http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT, with USER:PASSWORD@ before the host.",
      hint: `Correct ${variable}, or take it away and name hosts that need no proxy in NO_PROXY.`,
    });
  }
  const server = { kind, host, port: Number(url.port || PORTS[kind]) } as const;
  if (url.username === "" && url.password === "") {
    return server;
  }
  return { ...server, username: decode(url.username), password: decode(url.password) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function stripBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, "").toLowerCase();
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^(::ffff:)?127\./.test(host) || /^::ffff:7f[0-9a-f]{2}:/.test(host);
}

function isExempt(host: string, port: number, list: string): boolean {
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => matches(entry, host, port));
}

/** `*`, a range of addresses, or a name or an address, each with a port if only that one is meant. */
function matches(entry: string, host: string, port: number): boolean {
  if (entry === "*") {
    return true;
  }
  if (entry.includes("/")) {
    return isInRange(entry, host);
  }
  const withPort = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(entry);
  if (withPort !== null && Number(withPort[2]) !== port) {
    return false;
  }
  const name = stripBrackets(withPort?.[1] ?? entry).replace(/\.$/, "");
  const wanted = host.replace(/\.$/, "");
  if (isIP(name) !== 0) {
    return isIP(wanted) !== 0 && isSameAddress(name, wanted);
  }
  // As Go: with a dot before it only what is below the name is meant, without one the name as well.
  if (/^\*?\./.test(name)) {
    return wanted.endsWith(name.replace(/^\*/, ""));
  }
  return wanted === name || (isIP(wanted) === 0 && wanted.endsWith(`.${name}`));
}

function isSameAddress(a: string, b: string): boolean {
  return isInRange(`${a}/${isIP(a) === 4 ? 32 : 128}`, b);
}

function isInRange(entry: string, host: string): boolean {
  const [network = "", bits = ""] = entry.split("/");
  const family = isIP(stripBrackets(network));
  const prefix = Number(bits);
  if (family === 0 || isIP(host) !== family || !/^\d+$/.test(bits) || prefix > (family === 4 ? 32 : 128)) {
    return false;
  }
  const range = new BlockList();
  range.addSubnet(stripBrackets(network), prefix, family === 4 ? "ipv4" : "ipv6");
  return range.check(host, family === 4 ? "ipv4" : "ipv6");
}

// Which HTTP proxy the environment names for a machine: HTTP_PROXY, HTTPS_PROXY and NO_PROXY as most programs read them.
import { BlockList, isIP } from "node:net";

export interface HttpProxy {
  readonly host: string;
  readonly port: number;
  /** Value of the `Proxy-Authorization` header. */
  readonly authorization?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The proxy on the way to a machine; `undefined` for a direct connection. This machine itself is never reached by proxy. */
export function proxyFor(target: { host: string; port: number; tls: boolean }, env: Environment): HttpProxy | undefined {
  const name = target.tls ? "HTTPS_PROXY" : "HTTP_PROXY";
  const value = env[name] || env[name.toLowerCase()];
  if (!value || isLoopback(target.host) || isExempt(target, env["NO_PROXY"] || env["no_proxy"] || "")) return undefined;
  const address = value.includes("://") ? value : `http://${value}`;
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (url.protocol !== "http:") return undefined;
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: Number(url.port || 80),
    ...(credentials === ":" ? {} : { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` }),
  };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\./.test(host);
}

function isExempt({ host, port }: { host: string; port: number }, list: string): boolean {
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => matches(entry.toLowerCase(), host.toLowerCase(), port));
}

function matches(entry: string, host: string, port: number): boolean {
  if (entry === "*") return true;
  if (entry.includes("/")) return inRange(entry, host);
  const withPort = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(entry);
  if (withPort !== null && Number(withPort[2]) !== port) return false;
  const name = (withPort?.[1] ?? entry).replace(/^\[|\]$/g, "");
  if (name === host) return true;
  return isIP(host) === 0 && host.endsWith(name.startsWith(".") ? name : `.${name}`);
}

function inRange(entry: string, host: string): boolean {
  const [network = "", bits = ""] = entry.split("/");
  const family = isIP(network);
  const prefix = Number(bits);
  if (family === 0 || isIP(host) !== family || !/^\d+$/.test(bits) || prefix > (family === 4 ? 32 : 128)) return false;
  const range = new BlockList();
  range.addSubnet(network, prefix, family === 4 ? "ipv4" : "ipv6");
  return range.check(host, family === 4 ? "ipv4" : "ipv6");
}

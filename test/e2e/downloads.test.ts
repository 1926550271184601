// Downloads where a company has its own ways: a proxy with a log-in, its own authority, a mirror that wants a log-in of netrc.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { needs } from "../needs.ts";
import { type Authority, authority } from "../servers/authority.ts";
import { needsAddress, ownAddress, tinyproxy } from "../servers/proxy.ts";
import { buildIn, type Place, placeFor, runIn, switchedOff } from "./qemu-build.ts";

const ISO = "no system, but from far away";
const SUM = createHash("sha256").update(ISO).digest("hex");

/** A mirror that says who came, and by which way. */
async function mirror(
  t: TestContext,
  house: Authority,
): Promise<{ readonly url: string; readonly port: number; seen: string[] }> {
  const seen: string[] = [];
  const server: Server = createServer(house.sign(`IP:${ownAddress}`), (request, response) => {
    const { authorization = "" } = request.headers;
    seen.push(`${request.url} ${Buffer.from(authorization.replace("Basic ", ""), "base64")}`);
    if (authorization === "") {
      response.writeHead(401).end();
    } else if (request.url === "/sums") {
      response.end(`${SUM}  os.iso\n`);
    } else {
      response.writeHead(200, { "content-type": "text/plain" }).end(ISO);
    }
  });
  await new Promise<void>((done) => server.listen(0, done));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `https://${ownAddress}:${port}`, port, seen };
}

describe("e2e/downloads", () => {
  it("gets the ISO, its checksums and the text of a data source as curl would in a company", async (t) => {
    if (!needs(t, "tinyproxy", "openssl", "qemu-img") || !needsAddress(t)) {
      return;
    }
    const house = authority(t);
    const { url, port, seen } = await mirror(t, house);
    const proxy = await tinyproxy(t, `ConnectPort ${port}\nBasicAuth builder proxyword\n`);
    const iso = { iso_url: `${url}/os.iso`, iso_checksum: `file:${url}/sums` };
    const place = placeFor(t, {
      "t.json": { builders: [switchedOff(iso)] },
      "t.pkr.hcl": `data "http" "far" { url = "${url}/text" }\nsource "file" "a" {\n  content = data.http.far.body\n  target = "text"\n}\nbuild { sources = ["source.file.a"] }\n`,
    });
    writeFileSync(join(place.root, "home/.netrc"), `machine ${ownAddress} login me password netword\n`, {
      mode: 0o600,
    });
    const env = { HTTPS_PROXY: `http://builder:proxyword@127.0.0.1:${proxy}`, SSL_CERT_FILE: house.file, NO_PROXY: "" };
    const inside: Place = { ...place, env: { ...place.env, ...env } };
    const built = await buildIn(inside);
    assert.equal(built.code, 0, built.stdout);
    const data = await runIn(inside, ["build", "-color=false", "t.pkr.hcl"]);
    assert.equal(data.code, 0, data.stdout);
    assert.equal(readFileSync(join(place.folder, "text"), "utf8"), ISO);
    assert.ok(seen.includes("/sums me:netword") && seen.includes("/os.iso me:netword"), seen.join("\n"));
    assert.ok(seen.includes("/text me:netword"), seen.join("\n"));
    assert.doesNotMatch(built.stdout + data.stdout, /netword|proxyword/);

    // Each of them taken away is told by its name, and nothing of it is tried over and over.
    for (const [without, expected] of [
      [{ SSL_CERT_FILE: "" }, /The certificate of \S+ is not accepted/],
      [{ HTTPS_PROXY: `http://builder:wrong@127.0.0.1:${proxy}` }, /The HTTP proxy \S+ could not be used/],
      [{ HOME: place.folder }, /bad response code: 401/],
    ] as const) {
      const cache = join(place.root, `home/cache-${Object.keys(without)[0]}`);
      const { code, stdout } = await buildIn(
        { ...inside, env: { ...inside.env, ...without, PACKER_CACHE_DIR: cache } },
        {},
        "-force",
      );
      assert.equal(code, 1, stdout);
      assert.match(stdout.replace(/\s+/g, " "), expected);
      assert.doesNotMatch(stdout, /trying again|interrupted/);
      assert.doesNotMatch(stdout, /netword|proxyword/);
    }
  });
});

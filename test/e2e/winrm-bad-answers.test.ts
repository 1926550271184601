// What answers may be anything: each kind of trouble has words of its own, soon, and never the password.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { openWinrmClient } from "../../src/driver/winrm/client.ts";
import { quickHost, rejection, winrmFixture } from "../servers/winrm-fixture.ts";
import type { Interception, WinrmServerOptions } from "../servers/winrm-server.ts";

const SOAP = "application/soap+xml;charset=UTF-8";
const PASSWORD = "Sehr geheim!";

/** What a command fails with when every request gets this answer. */
async function failureWith(
  answer: Interception,
  options: WinrmServerOptions = {},
  ntlm = false,
): Promise<{ code: string; text: string }> {
  await using fixture = await winrmFixture(
    { users: { vagrant: PASSWORD }, intercept: () => answer, ...options },
    { ntlm, password: PASSWORD },
  );
  const failed = await rejection(fixture.run("echo x"));
  assertNoSecret(failed.text);
  return failed;
}

function assertNoSecret(text: string): void {
  assert.ok(!text.includes(PASSWORD));
  assert.ok(!text.includes(Buffer.from(`vagrant:${PASSWORD}`).toString("base64")));
}

function fault(subcode: string, code: number, text: string): Interception {
  return {
    status: 500,
    type: SOAP,
    body: `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>w:${subcode}</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="en-US">${text}</s:Text></s:Reason><s:Detail><f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" Code="${code}"/></s:Detail></s:Fault></s:Body></s:Envelope>`,
  };
}

describe("e2e/winrm/bad answers", () => {
  it("names an HTML page by its title", async () => {
    const { code, text } = await failureWith({
      status: 200,
      type: "text/html",
      body: "<!doctype html><title>Router login</title>",
    });
    assert.equal(code, "communicator/winrm-answer");
    assert.match(text, /is not WinRM\nIt answered 200 with an HTML page titled "Router login"/);
  });

  it("is not fooled by HTML with the content type of SOAP", async () => {
    const { code, text } = await failureWith({ status: 200, type: SOAP, body: "<!DOCTYPE html><html><body></html>" });
    assert.equal(code, "communicator/winrm-answer");
    assert.match(text, /It is not XML/);
  });

  it("says that XML ends in the middle", async () => {
    const { text } = await failureWith({
      status: 200,
      type: SOAP,
      body: '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>',
    });
    assert.match(text, /cannot be read\nIt ends in the middle/);
  });

  it("expands no entities", async () => {
    const body = `<!DOCTYPE x [<!ENTITY a "${"a".repeat(1000)}"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>`;
    assert.match((await failureWith({ status: 200, type: SOAP, body })).text, /entities are not expanded/);
  });

  it("stops reading an answer that is much too large", async () => {
    const { code } = await failureWith({ status: 200, type: SOAP, body: `<x>${"A".repeat(10_000_000)}</x>` });
    assert.equal(code, "communicator/winrm-answer-size");
  });

  it("does not unpack compressed answers, however small they look", async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    const { code, text } = await failureWith({
      status: 200,
      type: SOAP,
      body: bomb,
      headers: { "Content-Encoding": "gzip" },
    });
    assert.equal(code, "communicator/winrm-answer");
    assert.match(text, /compressed answer that was not asked for/);
  });

  it("refuses an unsealed answer to a sealed request", async () => {
    const { code } = await failureWith({ status: 200, type: SOAP, body: "<x/>" }, {}, true);
    assert.equal(code, "communicator/winrm-seal");
  });

  it("refuses a sealed answer that was made up", async () => {
    const type =
      'multipart/encrypted;protocol="application/HTTP-SPNEGO-session-encrypted";boundary="Encrypted Boundary"';
    const head =
      "--Encrypted Boundary\r\nContent-Type: application/HTTP-SPNEGO-session-encrypted\r\nOriginalContent: type=application/soap+xml;charset=UTF-8;Length=4\r\n--Encrypted Boundary\r\nContent-Type: application/octet-stream\r\n";
    const body = Buffer.concat([
      Buffer.from(head),
      Buffer.from("10000000", "hex"),
      Buffer.alloc(20),
      Buffer.from("--Encrypted Boundary--\r\n"),
    ]);
    assert.equal((await failureWith({ status: 200, type, body }, {}, true)).code, "communicator/winrm-seal");
  });

  it("turns the shell quota into plain words", async () => {
    await using fixture = await winrmFixture({ maxShells: 0 });
    const { code, text } = await rejection(fixture.run("echo x"));
    assert.equal(code, "communicator/winrm-quota");
    assert.match(text, /refused to open a shell\nThis user is allowed a maximum number of 0 concurrent shells/);
    assert.match(text, /MaxShellsPerUser/);
  });

  it("explains faults of memory and of rights", async () => {
    const memory = await failureWith(fault("InternalError", 0x8007000e, "Not enough memory resources are available."));
    assert.equal(memory.code, "communicator/winrm-quota");
    assert.match(memory.text, /MaxMemoryPerShellMB/);
    assert.match(
      (await failureWith(fault("AccessDenied", 5, "Access is denied."))).text,
      /LocalAccountTokenFilterPolicy/,
    );
  });

  it("passes on the words and the number of an unknown fault", async () => {
    const { code, text } = await failureWith(fault("Odd", 0x80331234, "Something\n  odd."));
    assert.equal(code, "communicator/winrm-fault");
    assert.match(text, /Something odd\. \(0x80331234\)/);
  });

  it("says that the machine speaks nothing that we do, and not that the password is wrong", async () => {
    await using fixture = await winrmFixture({ schemes: ["Kerberos"] }, { password: PASSWORD });
    const { code, text } = await rejection(fixture.run("echo x"));
    assert.equal(code, "communicator/winrm-auth");
    assert.match(text, /does not speak Kerberos: allow Negotiate or Basic/);
    assert.doesNotMatch(text, /Check winrm_username/);
  });

  it("names the schemes that are offered when the password is wrong", async () => {
    for (const ntlm of [false, true]) {
      await using fixture = await winrmFixture({}, { ntlm, password: PASSWORD });
      const { code, text } = await rejection(fixture.run("echo x"));
      assert.equal(code, "communicator/winrm-auth");
      assert.match(
        text,
        ntlm ? /did not accept "vagrant" with NTLM \(401\)/ : /did not accept "vagrant" with Basic \(401\)/,
      );
      assert.match(text, /It offers: Negotiate, Basic/);
      assertNoSecret(text);
    }
  });

  it("says what to set when a machine wants the other way of authentication", async () => {
    await using sealedOnly = await winrmFixture({ allowUnencrypted: false });
    assert.match((await rejection(sealedOnly.run("echo x"))).text, /set winrm_use_ntlm to true/);
    await using basicOnly = await winrmFixture({ schemes: ["Basic"] }, { ntlm: true });
    assert.match((await rejection(basicOnly.run("echo x"))).text, /unset winrm_use_ntlm/);
  });

  it("will not go on in the clear when a machine does not offer to seal", async () => {
    await using fixture = await winrmFixture({ withoutFlags: 0x20 }, { ntlm: true });
    const { code, text } = await rejection(fixture.run("echo x"));
    assert.equal(code, "communicator/winrm-ntlm");
    assert.match(text, /does not offer to seal messages/);
  });

  it("will not go on with a seal that can be broken on the way", async () => {
    await using fixture = await winrmFixture({ withoutFlags: 0xa0000000 }, { ntlm: true });
    const { code, text } = await rejection(fixture.run("echo x"));
    assert.equal(code, "communicator/winrm-ntlm");
    assert.match(text, /with a key of 128 bits/);
  });

  it("says that nobody listens, that a name is unknown, and that something else than HTTP answers", async () => {
    const client = (host: string, port: number) =>
      openWinrmClient(quickHost(), { host, port }, { username: "u", password: PASSWORD, ntlm: false });
    const { signal } = new AbortController();
    assert.equal((await rejection(client("127.0.0.1", 1).createShell(signal))).code, "communicator/winrm-refused");
    assert.equal(
      (await rejection(client("no-such-machine.invalid", 5985).createShell(signal))).code,
      "communicator/winrm-resolve",
    );
    const ssh = createServer((socket) => socket.end("SSH-2.0-OpenSSH_9.9\r\n"));
    await new Promise<void>((resolve) => ssh.listen(0, "127.0.0.1", resolve));
    const address = ssh.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const { code, text } = await rejection(client("127.0.0.1", port).createShell(signal));
    assert.equal(code, "communicator/winrm-answer");
    assert.match(text, /is not HTTP/);
    ssh.close();
  });

  it("gives up on a machine that takes requests and never answers", async () => {
    const silent = createServer((socket) => socket.on("data", () => {}).on("error", () => {}));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const address = silent.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const host = quickHost({}, 1000);
    const client = openWinrmClient(
      host,
      { host: "127.0.0.1", port },
      { username: "u", password: PASSWORD, ntlm: false },
    );
    const { code, text } = await rejection(client.createShell(new AbortController().signal));
    assert.equal(code, "communicator/winrm-silent");
    assert.match(text, /does not answer when asked to open a shell/);
    client.close();
    silent.close();
  });

  it("fails soon, whichever request the machine dies on", async () => {
    for (const dead of ["Create", "Command", "Receive", "Delete"]) {
      for (const cut of ["before", "after"] as const) {
        await using fixture = await winrmFixture(
          { intercept: ({ action }) => (action === dead ? { cut } : undefined) },
          { ntlm: true },
        );
        const ended = await fixture.run("echo x").then(
          ({ outcome }) => outcome.end,
          (thrown: { diagnostics: readonly { code: string }[] }) => thrown.diagnostics[0]?.code,
        );
        const expected = {
          Create: "communicator/winrm-dropped",
          Command: "communicator/winrm-dropped",
          Receive: "disconnected",
          Delete: "exited",
        };
        assert.equal(ended, expected[dead as keyof typeof expected], `${dead} ${cut}`);
      }
    }
  });
});

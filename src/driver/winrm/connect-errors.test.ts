// What the system says when connecting fails, in words.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { explainConnect, explainDropped, explainTls } from "./connect-errors.ts";

const endpoint = { host: "winbox", port: 5986 };

function systemError(code: string, message = code): Error {
  return Object.assign(new Error(message), { code });
}

function secured(code: string, message?: string): string {
  const [diagnostic] = explainTls(endpoint, systemError(code, message)).diagnostics;
  return [diagnostic?.summary, diagnostic?.detail, diagnostic?.hint].join("\n");
}

describe("driver/winrm/connect-errors", () => {
  it("tells names, closed ports and missing routes apart", () => {
    const code = (system: string): string | undefined =>
      explainConnect(endpoint, systemError(system)).diagnostics[0]?.code;
    assert.equal(code("ENOTFOUND"), "communicator/winrm-resolve");
    assert.equal(code("EAI_AGAIN"), "communicator/winrm-resolve");
    assert.equal(code("ECONNREFUSED"), "communicator/winrm-refused");
    for (const other of ["EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT"]) {
      assert.equal(code(other), "communicator/winrm-unreachable");
    }
  });

  it("blames the proxy for what happens on the way to it", () => {
    const failed = explainConnect(
      { ...endpoint, proxy: { kind: "http", host: "proxy", port: 3128 } },
      systemError("ECONNREFUSED"),
    );
    assert.equal(failed.diagnostics[0]?.summary, "The proxy proxy:3128 on the way to winbox:5986 cannot be reached");
  });

  it("says what is wrong with a certificate, and what to set", () => {
    assert.match(
      secured("CERT_HAS_EXPIRED"),
      /^TLS with winbox:5986 failed\nIts certificate has expired\.\nSet winrm_insecure/,
    );
    assert.match(secured("CERT_NOT_YET_VALID"), /not valid yet: check the clocks/);
    assert.match(secured("SELF_SIGNED_CERT_IN_CHAIN"), /authority that this machine does not trust/);
    assert.match(
      secured("ERR_TLS_CERT_ALTNAME_INVALID", "Host: winbox. is not in the cert's altnames: DNS:other"),
      /is for another name: Host: winbox.*DNS:other\nSet winrm_host to a name in the certificate/,
    );
  });

  it("says when the other side speaks no TLS, or hangs up in the middle", () => {
    assert.match(secured("ERR_SSL_WRONG_VERSION_NUMBER"), /does not speak TLS\.\nUnset winrm_use_ssl/);
    assert.match(secured("ECONNRESET"), /closed the connection during the TLS handshake/);
    assert.match(secured("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "alert protocol version"), /alert protocol version/);
  });

  it("tells a lost connection from an answer that is no HTTP", () => {
    assert.equal(
      explainDropped(endpoint, systemError("ECONNRESET")).diagnostics[0]?.code,
      "communicator/winrm-dropped",
    );
    assert.equal(
      explainDropped(endpoint, systemError("HPE_INVALID_EOF_STATE")).diagnostics[0]?.code,
      "communicator/winrm-dropped",
    );
    assert.equal(
      explainDropped(endpoint, systemError("HPE_INVALID_CONSTANT")).diagnostics[0]?.code,
      "communicator/winrm-answer",
    );
  });
});
